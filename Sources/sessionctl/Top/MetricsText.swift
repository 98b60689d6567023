/// Metrics in the Prometheus text format, as sessiond writes it.
struct MetricsText {
    private struct Series {
        var name: Substring
        var labels: Substring
        var value: Double
    }

    private var series: [Series] = []

    /// Lines that are none are passed over.
    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            let head = line[..<space]
            let brace = head.firstIndex(of: "{") ?? head.endIndex
            series.append(
                Series(name: head[..<brace], labels: head[brace...].dropFirst().dropLast(), value: value))
        }
    }

    /// Of all series of a name whose labels pass; 0 where there is none: what was never counted isn't shown.
    func sum(_ name: String, where passes: (Substring) -> Bool = { _ in true }) -> Double {
        series.reduce(0) { $1.name == name && passes($1.labels) ? $0 + $1.value : $0 }
    }

    /// Requests by whether they need a session or a mission that is there: those that may miss the hot tier.
    var requests: Double { sum("sessiond_http_requests_total", where: Self.isOfTheAPI) }
    var failures: Double {
        sum("sessiond_http_requests_total") { Self.isOfTheAPI($0) && $0.contains(#"status="5xx""#) }
    }
    var loads: Double {
        sum("sessiond_http_requests_total") { labels in
            ["{session}", "{mission}", "{chat}", "/sessions/active\""].contains { labels.contains($0) }
        }
    }
    var coldReads: Double { sum("sessiond_cold_reads_total") }

    /// How many of the requests took at most so many seconds, by that bound.
    var durations: [(bound: Double, count: Double)] {
        var counts: [Double: Double] = [:]
        for one in series
        where one.name == "sessiond_http_request_duration_seconds_bucket" && Self.isOfTheAPI(one.labels) {
            guard let start = one.labels.firstRange(of: "le=\"") else { continue }
            let text = one.labels[start.upperBound...].prefix { $0 != "\"" }
            counts[text == "+Inf" ? .infinity : Double(text) ?? .infinity, default: 0] += one.value
        }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func isOfTheAPI(_ labels: Substring) -> Bool {
        !labels.contains("/health/") && !labels.contains("/metrics\"")
    }
}
