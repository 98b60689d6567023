/// What sessiond's /metrics tell of the write-behind log.
package struct MetricsReading: Equatable, Sendable {
    /// Milliseconds; of all shards together the largest.
    package var lag: Double?
    package var logEntries: Double?

    package init() {}

    /// From the Prometheus text format, as sessiond writes it. Nil where a text has neither.
    package init?(_ text: UnsafeRawBufferPointer) {
        lag = Self.values(of: "\nsessiond_flush_lag_milliseconds", text).max()
        let entries = Self.values(of: "\nsessiond_log_entries", text)
        logEntries = entries.isEmpty ? nil : entries.reduce(0, +)
        if lag == nil, logEntries == nil { return nil }
    }

    /// Whole numbers, of every series of that name. The text is long, and is looked through without being split.
    private static func values(of name: StaticString, _ text: UnsafeRawBufferPointer) -> [Double] {
        var scan = JSONScan(text)
        var values: [Double] = []
        while scan.find(name, pivot: 11) {
            guard scan.isAt(" ") || scan.isAt("{"), scan.find(" "), let value = scan.number() else { continue }
            values.append(Double(value))
        }
        return values
    }
}
