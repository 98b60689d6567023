import CoreMetrics

/// Every metric of this layer. Labels hold routes, methods and classes of status, never an id.
///
/// | name | kind | labels |
/// |---|---|---|
/// | `sessiond_http_requests_total` | counter | `route` (its pattern, or `unknown`), `method`, `status` (`2xx`) |
/// | `sessiond_http_request_duration_seconds` | histogram | `route`, `method` |
/// | `sessiond_tokens_total` | counter | `outcome`: `remembered`, `verified`, `refused` |
struct APIMetrics: Sendable {
    private struct Row {
        /// By the first digit of the status, from 1.
        var requests: [Counter]
        var duration: Timer

        init(route: String, method: String, factory: any MetricsFactory) {
            requests = (1...5).map { digit in
                Counter(
                    label: "sessiond_http_requests_total",
                    dimensions: [("route", route), ("method", method), ("status", "\(digit)xx")], factory: factory)
            }
            duration = Timer(
                label: "sessiond_http_request_duration_seconds",
                dimensions: [("route", route), ("method", method)], factory: factory)
        }
    }

    /// One for each route, and one for what is none.
    private let rows: [Row]
    let tokensRemembered: Counter
    let tokensVerified: Counter
    let tokensRefused: Counter

    init(factory: any MetricsFactory) {
        rows =
            Routes.all.map { Row(route: $0.pattern, method: $0.method.rawValue, factory: factory) }
            + [Row(route: "unknown", method: "any", factory: factory)]
        func tokens(_ outcome: String) -> Counter {
            Counter(label: "sessiond_tokens_total", dimensions: [("outcome", outcome)], factory: factory)
        }
        tokensRemembered = tokens("remembered")
        tokensVerified = tokens("verified")
        tokensRefused = tokens("refused")
    }

    /// `route` is a place in ``Routes/all``; nil where the request matched none.
    func answered(route: Int?, status: Int, nanoseconds: Int64) {
        let row = rows[route ?? rows.count - 1]
        row.requests[min(max(status / 100, 1), 5) - 1].increment()
        row.duration.recordNanoseconds(nanoseconds)
    }
}
