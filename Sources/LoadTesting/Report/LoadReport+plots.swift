import Terminal

/// How values are written at axes.
enum PlotText {
    /// Of microseconds: `850 µs`, `1.25 ms`, `3.4 s`.
    static func time(_ microseconds: Int) -> String { time(milliseconds: Double(microseconds) / 1000) }

    static func time(milliseconds value: Double) -> String {
        switch value {
        case ..<0.0005: "0"
        case ..<1: "\(Units.decimal(value * 1000, 0)) µs"
        case ..<10: "\(trimmed(value, 2)) ms"
        case ..<1000: "\(trimmed(value, value < 100 ? 1 : 0)) ms"
        default: "\(trimmed(value / 1000, 1)) s"
        }
    }

    static func count(_ value: Double) -> String {
        Units.decimal(value, value < 10 && value != value.rounded() ? 1 : 0)
    }

    static func percentile(_ value: Double) -> String {
        let text = trimmed(value, value < 99 ? 0 : 4)
        return text == "0" ? "0" : "p\(text)"
    }

    private static func trimmed(_ value: Double, _ digits: Int) -> String {
        var text = Units.decimal(value, digits)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

extension LoadReport {
    var percentilePlot: String {
        let series = operations.enumerated().map { index, row in
            LinePlot.Series(
                name: row.operation, color: index % PageStyle.colors + 1,
                points: row.latency.curve.map { ($0.percentile, Double($0.microseconds) / 1000) },
                isDotted: index >= PageStyle.colors)
        }
        let last = series.compactMap { $0.points.last?.x }.max() ?? 90
        let nines = max(PlotScale.percentiles(nines: 8).place(last) * 8, 1)
        return LinePlot(
            x: ("percentile", .percentiles(nines: nines), PlotText.percentile),
            y: ("latency", .logarithmic(around: series.flatMap { $0.points.map(\.y) }), PlotText.time(milliseconds:)),
            series
        ).svg
    }

    private var seconds: PlotScale { .linear(max: max(timeline.last?.second ?? 1, 1)) }

    var throughputPlot: String {
        var series = [
            LinePlot.Series(
                name: "answers", color: 1, points: timeline.map { ($0.second, $0.perSecond) }, isWorstLow: true)
        ]
        let errors = timeline.filter { $0.errors > 0 }
        if !errors.isEmpty {
            series.append(
                LinePlot.Series(
                    name: "errors", color: 6, points: errors.map { ($0.second, Double($0.errors)) }, areDots: true))
        }
        return LinePlot(
            x: ("seconds", seconds, PlotText.count),
            y: ("per s", .linear(above: series.flatMap { $0.points.map(\.y) }.max() ?? 1), PlotText.count), series
        ).svg
    }

    var latencyTimePlot: String {
        func line(_ name: String, _ color: Int, _ value: (Moment) -> Int) -> LinePlot.Series {
            LinePlot.Series(
                name: name, color: color,
                points: timeline.filter { value($0) > 0 }.map { ($0.second, Double(value($0)) / 1000) })
        }
        let series = [line("p99.9", 2) { $0.p999 }, line("p99", 5) { $0.p99 }, line("p50", 1) { $0.p50 }]
        return LinePlot(
            x: ("seconds", seconds, PlotText.count),
            y: ("latency", .logarithmic(around: series.flatMap { $0.points.map(\.y) }), PlotText.time(milliseconds:)),
            series
        ).svg
    }

    var lagPlot: String {
        func plot(_ name: String, _ value: (Moment) -> Double?) -> String? {
            let points = timeline.compactMap { moment in value(moment).map { (x: moment.second, y: $0) } }
            guard !points.isEmpty else { return nil }
            return LinePlot(
                x: ("seconds", seconds, PlotText.count),
                y: (name, .linear(above: points.map(\.y).max() ?? 1), PlotText.count),
                [LinePlot.Series(name: name, color: 3, points: points)]
            ).svg
        }
        if let lag = plot("ms", { $0.lagMilliseconds }) { return lag }
        if let entries = plot("entries in the log", { $0.logEntries }) {
            return "<p class=\"note\">This service tells no lag. The entries that waited in its log:</p>\n" + entries
        }
        return "<p class=\"note\">The service’s /metrics could not be read.</p>\n"
    }

    var processNote: String {
        "User and system time of the processes, by the operating system’s accounting, from the window’s start until "
            + (drainSeconds == nil ? "its last answer" : "the log was drained")
            + ", divided by the requests answered in it: \(Units.count(total.latency.count)) measured. "
            + "sessionload is what all this was sent and checked with."
    }

    var processBars: String {
        StackedBars(rows: processes.map { ($0.name, $0.userPerRequest, $0.systemPerRequest) }).svg
    }

    func searchNote(_ search: Search) -> String {
        let limit = "p99 below \(PlotText.time(milliseconds: search.p99BelowMilliseconds)), all sent and answered"
        let found =
            search.rate.map { "\(Units.decimal($0, 0)) requests/s hold: \(limit)." } ?? "No rate held: \(limit)."
        let more = search.isBounded ? "" : " \(search.unbounded)"
        return
            "\(found)\(more) A closed loop reached \(Units.decimal(search.closedLoopPerSecond, 0))/s. The figures below are of a window at that rate."
    }

    func searchPlot(_ search: Search) -> String {
        func dots(_ name: String, _ color: Int, _ steps: [Step]) -> LinePlot.Series {
            LinePlot.Series(
                name: name, color: color, points: steps.map { ($0.rate, Double($0.p99) / 1000) }, areDots: true)
        }
        let most = (search.steps.map(\.rate).max() ?? 1) * 1.1
        let limit = LinePlot.Series(
            name: "limit", color: 4, points: [(0, search.p99BelowMilliseconds), (most, search.p99BelowMilliseconds)],
            isDotted: true)
        let series = [
            dots("held", 3, search.steps.filter(\.holds)), dots("did not", 6, search.steps.filter { !$0.holds }), limit,
        ].filter { !$0.points.isEmpty }
        return LinePlot(
            x: ("requests/s", .linear(above: most / 1.05), PlotText.count),
            y: ("p99", .logarithmic(around: series.flatMap { $0.points.map(\.y) }), PlotText.time(milliseconds:)),
            series
        ).svg
    }
}
