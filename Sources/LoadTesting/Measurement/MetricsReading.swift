/// What sessiond's /metrics tell of the write-behind log.
package struct MetricsReading: Equatable, Sendable {
    /// Milliseconds; of all shards together the largest.
    package var lag: Double?
    package var logEntries: Double?

    package init() {}

    /// From the Prometheus text format. Nil where a text has neither.
    package init?(_ text: String) {
        for line in text.split(separator: "\n")
        where line.hasPrefix("sessiond_flush_lag") || line.hasPrefix("sessiond_log_e") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            let name = line.prefix { $0 != "{" && $0 != " " }
            if name == "sessiond_flush_lag_milliseconds" { lag = Swift.max(lag ?? 0, value) }
            if name == "sessiond_log_entries" { logEntries = (logEntries ?? 0) + value }
        }
        if lag == nil, logEntries == nil { return nil }
    }
}
