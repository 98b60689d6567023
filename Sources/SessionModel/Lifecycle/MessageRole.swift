public enum MessageRole: String, Sendable, CaseIterable {
    case user, assistant, system, tool, status
}
