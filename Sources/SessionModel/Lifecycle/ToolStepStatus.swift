public enum ToolStepStatus: String, PlanStatus {
    case proposed
    case readyToConfigure = "ready_to_configure"
    case readyToExecute = "ready_to_execute"
    case executing, completed, failed, cancelled

    public var next: [ToolStepStatus] {
        switch self {
        case .proposed: [.readyToConfigure, .readyToExecute, .completed, .failed, .cancelled]
        case .readyToConfigure: [.readyToExecute, .failed, .cancelled]
        case .readyToExecute: [.executing, .completed, .failed, .cancelled]
        case .executing: [.completed, .failed, .cancelled]
        case .completed, .failed, .cancelled: []
        }
    }

    /// Neither completed, failed nor cancelled.
    public var isOpen: Bool { !next.isEmpty }

    /// Whether `started_at` is set, where it isn't yet, when a step gets this status.
    public var starts: Bool { self == .executing || self == .completed }

    /// Whether `completed_at` is set when a step gets this status.
    public var completes: Bool { self == .completed }
}
