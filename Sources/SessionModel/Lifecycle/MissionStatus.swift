public enum MissionStatus: String, Sendable, CaseIterable {
    case awaitingApproval = "awaiting_approval"
    case inProgress = "in_progress"
    case completed, failed, cancelled
}
