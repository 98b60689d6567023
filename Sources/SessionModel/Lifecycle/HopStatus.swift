public enum HopStatus: String, PlanStatus {
    case planStarted = "hop_plan_started"
    case planProposed = "hop_plan_proposed"
    case planReady = "hop_plan_ready"
    case implStarted = "hop_impl_started"
    case implProposed = "hop_impl_proposed"
    case implReady = "hop_impl_ready"
    case executing, completed, failed, cancelled

    /// Back from proposed to started: the user asked for another proposal.
    public var next: [HopStatus] {
        switch self {
        case .planStarted: [.planProposed, .failed, .cancelled]
        case .planProposed: [.planReady, .planStarted, .failed, .cancelled]
        case .planReady: [.implStarted, .implProposed, .failed, .cancelled]
        case .implStarted: [.implProposed, .failed, .cancelled]
        case .implProposed: [.implReady, .implStarted, .failed, .cancelled]
        case .implReady: [.executing, .failed, .cancelled]
        case .executing: [.completed, .failed, .cancelled]
        case .completed, .failed, .cancelled: []
        }
    }

    /// Neither completed, failed nor cancelled. A mission has one open hop at most.
    public var isOpen: Bool { !next.isEmpty }

    /// The statuses a hop may begin with: the second when it is created with its plan.
    public static let first: [HopStatus] = [.planStarted, .planProposed]

    /// What becomes of a hop's own assets (scope `hop`) when it gets this status.
    public var assetCascade: Cascade<AssetStatus>? {
        self == .planReady ? Cascade(from: .proposed, to: .pending) : nil
    }

    /// What becomes of a hop's tool steps when it gets this status.
    public var stepCascade: Cascade<ToolStepStatus>? {
        self == .implReady ? Cascade(from: .proposed, to: .readyToExecute) : nil
    }
}
