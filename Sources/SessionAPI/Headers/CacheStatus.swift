import SessionCore

extension AnswerSource {
    /// The value of `Cache-Status` (RFC 9211).
    var cacheStatus: String {
        switch self {
        case .hot: "sessiond; hit"
        case .loaded: "sessiond; fwd=miss"
        case .bypass: "sessiond; fwd=bypass; detail=hot-tier-unreachable"
        }
    }
}
