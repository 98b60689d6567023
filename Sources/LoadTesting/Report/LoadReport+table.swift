import Terminal

extension LoadReport {
    /// For people at a terminal.
    package var table: String {
        var text = "\(headline)\n\n"
        var table = Table([
            .text(""), .number("requests"), .number("per s"), .number("p50, ms"), .number("p90"), .number("p99"),
            .number("p99.9"), .number("p99.99"), .number("max"),
        ])
        for row in operations { table.row(Self.cells(row)) }
        if operations.count > 1 {
            table.rule()
            table.row(Self.cells(total))
        }
        text += table.text
        if !processes.isEmpty {
            var table = Table([
                .text("CPU, µs for each request"), .number("user"), .number("system"), .number("together"),
                .number("processors"),
            ])
            for process in processes {
                table.row([
                    process.name, Units.decimal(process.userPerRequest, 1), Units.decimal(process.systemPerRequest, 1),
                    Units.decimal(process.userPerRequest + process.systemPerRequest, 1),
                    Units.decimal(process.processors, 2),
                ])
            }
            text += "\n" + table.text
        }
        if let search { text += "\n" + Self.table(search) }
        return text + "\n" + verdict
    }

    package var headline: String {
        let settings = self.settings
        let how =
            switch settings.mode {
            case "open": "open loop at \(Units.decimal(settings.rate ?? 0, 0)) requests/s"
            case "closed": "closed loop, \(settings.connections) connections"
            default: settings.mode
            }
        let many = settings.multiplex > 1 ? ", up to \(settings.multiplex) requests on each" : ""
        return "\(Printable.text(settings.workload)) → \(Printable.text(settings.target)): \(how)\(many), "
            + "\(Units.decimal(settings.durationSeconds, 0)) s, seed \(settings.seed)"
    }

    /// What was checked, and what was found.
    package var verdict: String {
        var text = ""
        for (kind, count) in violations.sorted(by: { $0.key < $1.key }) { text += "\(Units.count(count)) × \(kind)\n" }
        for violation in firstViolations { text += "  \(Printable.text(violation))\n" }
        if notSent > 0 {
            text +=
                "\(Units.count(notSent)) × not sent: \(Units.count(LoadLimits.outstanding)) requests were outstanding\n"
        }
        if let drainSeconds { text += "The log was drained \(Units.decimal(drainSeconds, 1)) s after the end.\n" }
        return text
            + (isClean
                ? "Every answer was its request's; the chats of \(Units.count(comparedSessions)) sessions have no gap.\n"
                : total.latency.count == 0 ? "Nothing was answered.\n" : "\(Units.count(errors)) errors.\n")
    }

    private static func cells(_ row: Row) -> [String] {
        func milliseconds(_ value: Int) -> String { Units.decimal(Double(value) / 1000, 2) }
        let latency = row.latency
        return [
            row.operation, Units.count(latency.count), Units.decimal(row.perSecond, 0), milliseconds(latency.p50),
            milliseconds(latency.p90), milliseconds(latency.p99), milliseconds(latency.p999),
            milliseconds(latency.p9999), milliseconds(latency.max),
        ]
    }

    private static func table(_ search: Search) -> String {
        var table = Table([
            .number("rate"), .number("answered per s"), .number("p99, ms"), .number("errors"), .text(""),
        ])
        for step in search.steps {
            table.row([
                Units.decimal(step.rate, 0), Units.decimal(step.perSecond, 0),
                Units.decimal(Double(step.p99) / 1000, 2), Units.count(step.errors), step.holds ? "holds" : "",
            ])
        }
        let limit = "p99 below \(Units.decimal(search.p99BelowMilliseconds, 1)) ms"
        let found =
            search.rate.map { "The highest rate with \(limit): \(Units.decimal($0, 0)) requests/s" }
            ?? "No rate that was tried held \(limit)"
        return table.text + "\(found) (closed loop: \(Units.decimal(search.closedLoopPerSecond, 0))).\n"
            + (search.isBounded ? "" : "\(search.unbounded)\n")
    }
}

extension LoadReport.Search {
    var unbounded: String { "None of the rates that were tried failed: higher ones may hold." }
}
