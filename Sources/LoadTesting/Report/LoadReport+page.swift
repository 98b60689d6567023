import Terminal

extension LoadReport {
    /// One HTML page that needs nothing else. Whatever the texts hold, they stay texts.
    package var page: String {
        let title = HTMLText.escape("\(settings.workload): \(Units.decimal(total.perSecond, 0)) requests/s")
        var page = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>
            \(PageStyle.css)</style>
            </head>
            <body><main>
            <h1>Load: \(HTMLText.escape(settings.workload))</h1>
            <p class="note">\(HTMLText.escape(settings.description))</p>
            <p class="note">\(HTMLText.escape(headline)); \(HTMLText.escape(settings.startedAt))</p>
            \(tiles)

            """
        page += violationsSection
        if let search { page += section("The highest rate", searchNote(search), searchPlot(search)) }
        page += section(
            "Latency by percentile",
            settings.mode == "closed"
                ? "From sending to the whole answer. A closed loop waits for its answers, and so asks less of a service that is slow."
                : "From when each request was due to the whole answer: a request that had to wait for a stall has that in its latency.",
            percentilePlot)
        page += section("", "", latencyTable)
        page += section(
            "Throughput", "Answers of each second; the times it took them below.", throughputPlot + latencyTimePlot)
        page += section(
            "Flush lag", "How long the oldest entry of the write-behind log has waited for SQLite.", lagPlot)
        page += section("CPU for each request", processNote, processBars)
        page += section("The run", "", settingsTable)
        return page + "</main></body>\n</html>\n"
    }

    private func section(_ title: String, _ note: String, _ content: String) -> String {
        var text = "<section>\n"
        if !title.isEmpty { text += "<h2>\(HTMLText.escape(title))</h2>\n" }
        if !note.isEmpty { text += "<p class=\"note\">\(HTMLText.escape(note))</p>\n" }
        return text + content + "</section>\n"
    }

    private var tiles: String {
        func tile(_ value: String, _ name: String, isBad: Bool = false) -> String {
            "<div class=\"tile\(isBad ? " bad" : "")\"><b>\(HTMLText.escape(value))</b><span>\(HTMLText.escape(name))</span></div>"
        }
        let latency = total.latency
        var tiles = [
            tile(Units.decimal(total.perSecond, 0), "requests/s"), tile(PlotText.time(latency.p50), "p50"),
            tile(PlotText.time(latency.p99), "p99"), tile(PlotText.time(latency.p999), "p99.9"),
        ]
        if let service = processes.first(where: { $0.name == "sessiond" }) {
            let sum = service.userPerRequest + service.systemPerRequest
            tiles.append(tile("\(Units.decimal(sum, 1)) µs", "sessiond’s CPU for a request"))
        }
        tiles.append(tile(Units.count(errors), errors == 1 ? "error" : "errors", isBad: !isClean))
        return "<div class=\"tiles\">\(tiles.joined(separator: "\n"))</div>"
    }

    private var violationsSection: String {
        guard !isClean else { return "" }
        var list = violations.sorted { $0.key < $1.key }.map {
            "<li>\(Units.count($0.value)) × \(HTMLText.escape($0.key))</li>"
        }
        if notSent > 0 { list.append("<li>\(Units.count(notSent)) × not sent: too many were outstanding</li>") }
        let first = firstViolations.map { "<li>\(HTMLText.escape($0))</li>" }
        return section(
            "Errors", "The service must never do this. The run has failed.",
            "<ul class=\"violations\">\(list.joined())</ul>\n"
                + (first.isEmpty ? "" : "<p>The first of them:</p><ul class=\"violations\">\(first.joined())</ul>\n"))
    }

    private var settingsTable: String {
        var rows: [(String, String)] = [
            ("target", settings.target), ("workload", "\(settings.workload): \(settings.description)"),
            (
                "operations",
                settings.shares.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                    .map { "\($0.key) \(Units.decimal($0.value, $0.value == $0.value.rounded() ? 0 : 1)) %" }
                    .joined(separator: ", ")
            ), ("loop", settings.mode + (settings.rate.map { ", \(Units.decimal($0, 0)) requests/s" } ?? "")),
            (
                "connections",
                settings.multiplex > 1
                    ? "\(settings.connections), \(settings.multiplex) requests on each" : "\(settings.connections)"
            ),
            (
                "warming up, measured",
                "\(Units.decimal(settings.warmUpSeconds, 1)) s, \(Units.decimal(settings.durationSeconds, 1)) s"
            ),
            (
                "users, sessions, messages",
                "\(Units.count(settings.users)), \(Units.count(settings.sessions)), \(Units.count(settings.messages)) in each"
            ), ("seed", "\(settings.seed)"), ("started", settings.startedAt), ("processors", "\(settings.processors)"),
            ("chats compared at the end", Units.count(comparedSessions)),
        ]
        if let drainSeconds { rows.append(("log drained after", "\(Units.decimal(drainSeconds, 1)) s")) }
        for process in processes {
            rows.append(("\(process.name), processes", process.pids.map(String.init).joined(separator: ", ")))
        }
        return "<table class=\"settings\">"
            + rows.filter { !$0.1.isEmpty }.map {
                "<tr><td>\(HTMLText.escape($0.0))</td><td>\(HTMLText.escape($0.1))</td></tr>"
            }
            .joined(separator: "\n") + "</table>\n"
    }

    private var latencyTable: String {
        func cells(_ row: Row, _ style: String = "") -> String {
            let latency = row.latency
            let times = [latency.p50, latency.p90, latency.p99, latency.p999, latency.p9999, latency.max]
            let numbers = [Units.count(latency.count), Units.decimal(row.perSecond, 0)] + times.map(PlotText.time)
            return "<tr\(style)><td>\(HTMLText.escape(row.operation))</td>" + numbers.map { "<td>\($0)</td>" }.joined()
                + "</tr>"
        }
        let head = ["", "requests", "per s", "p50", "p90", "p99", "p99.9", "p99.99", "max"].map { "<th>\($0)</th>" }
        return "<div class=\"scroll\"><table><tr>\(head.joined())</tr>\n"
            + operations.map { cells($0) }.joined(separator: "\n")
            + (operations.count > 1 ? cells(total, " class=\"sum\"") : "") + "</table></div>\n"
    }
}
