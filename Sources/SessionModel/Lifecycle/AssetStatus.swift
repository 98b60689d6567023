public enum AssetStatus: String, PlanStatus {
    case proposed, pending
    case inProgress = "in_progress"
    case ready, error, expired

    public var next: [AssetStatus] {
        switch self {
        case .proposed: [.pending, .error, .expired]
        case .pending: [.inProgress, .error, .expired]
        case .inProgress: [.ready, .error, .expired]
        case .ready: [.error, .expired]
        case .error: [.pending, .expired]
        case .expired: [.error]
        }
    }
}

public enum AssetRole: String, Sendable, CaseIterable {
    case input, output, intermediate
}

/// What an asset belongs to: the whole mission, or one of its hops.
public enum AssetScope: Sendable, Hashable {
    case mission
    case hop(HopID)
}

public enum AssetScopeType: String, Sendable, CaseIterable {
    case mission, hop
}
