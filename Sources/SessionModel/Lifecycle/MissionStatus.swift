/// A status of a part of a mission's plan. Each kind has one table of moves, ``next``: whatever changes a status asks it.
public protocol PlanStatus: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == String {
    /// The statuses it may move to from here. Every other move is refused with 409.
    var next: [Self] { get }
}

/// Parts of a plan that follow a move in the same atom: all that are in `from` become `to`.
public struct Cascade<Status: PlanStatus>: Sendable, Equatable {
    public let from: Status
    public let to: Status
}

public enum MissionStatus: String, PlanStatus {
    case awaitingApproval = "awaiting_approval"
    case inProgress = "in_progress"
    case completed, failed, cancelled

    public var next: [MissionStatus] {
        switch self {
        case .awaitingApproval: [.inProgress, .cancelled]
        case .inProgress: [.completed, .failed, .cancelled]
        case .completed, .failed, .cancelled: []
        }
    }

    /// Neither completed, failed nor cancelled.
    public var isOpen: Bool { !next.isEmpty }

    /// What becomes of a mission's own assets (scope `mission`) when it gets this status.
    public var assetCascade: Cascade<AssetStatus>? {
        self == .inProgress ? Cascade(from: .proposed, to: .pending) : nil
    }
}
