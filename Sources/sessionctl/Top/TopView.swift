import FoundationEssentials
import HotTier
import SessionModel
import Terminal

/// How `top` draws a frame: as a screen, as one row under others, or as JSON.
struct TopView {
    let frame: TopFrame
    let at: Timestamp

    init(_ frame: TopFrame) {
        self.frame = frame
        at = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    /// Of the shards with the longest logs, so many have a row of their own.
    private static let shardRows = 20

    private static func rate(_ value: Double?) -> String { value.map { Units.decimal($0, $0 < 99.95 ? 1 : 0) } ?? "–" }
    private static func duration(_ seconds: Double?) -> String {
        guard let seconds else { return "–" }
        return seconds.isFinite ? "≤ \(Units.decimal(seconds * 1000, seconds < 0.001 ? 2 : 1)) ms" : "> 10 s"
    }

    private var hitRate: String { frame.hitRate.map(Units.percent) ?? "–" }

    var screen: String {
        var text = "sessiond at \(at)\n\n"
        var table = Table([
            .text(""), .number(""), .text(""), .number(""), .text(""), .number(""), .text(""), .number(""),
        ])
        table.row([
            "requests/s", Self.rate(frame.requestRate), "hit rate", hitRate, "5xx/s", Self.rate(frame.failureRate),
        ])
        let half = Self.duration(frame.duration(0.5))
        table.row(["p50", half, "p99", Self.duration(frame.duration(0.99))])
        table.row([
            "written/s", Self.rate(frame.shards.reduce(0) { $0 + $1.added }), "flushed/s",
            Self.rate(frame.shards.reduce(0) { $0 + $1.flushed }), "log", Units.count(frame.logLength), "lag",
            Units.duration(milliseconds: frame.lag),
        ])
        table.row(frame.sessions.flatMap { [$0.status, $0.count.map { Units.count($0) } ?? "–"] })
        text += table.text + "\n" + shardTable + "\n" + redis + "\n"
        if frame.now.metrics == nil {
            text += "No metrics: no sessiond answers at listen.socket (or listen.tcp) of these settings.\n"
        }
        return text
    }

    private var redis: String {
        guard let server = frame.now.server else { return "Redis can't be reached.\n" }
        let version = Printable.text(server.version)
        let share = server.memoryLimit > 0 ? Double(server.usedMemory) / Double(server.memoryLimit) : 0
        let bar = Bar.text(share, width: 20)
        let limit =
            server.memoryLimit > 0
            ? " of \(Units.bytes(server.memoryLimit)) ▕\(bar)\(String(repeating: " ", count: 20 - bar.count))▏ \(Units.percent(share))"
            : ", no limit"
        let up = Units.duration(milliseconds: Int64(server.uptime) * 1000)
        return """
            Redis \(version): \(Units.bytes(server.usedMemory))\(limit), \(Units.count(server.commandRate)) commands/s, \
            \(server.clients) clients, up \(up)

            """
    }

    private var shardTable: String {
        var table = Table([
            .number("shard"), .number("log"), .number("lag"), .number("written/s"), .number("flushed/s"),
            .number("active"), .number("touched"), .number("SQLite"), .number("WAL"), .text("flusher", longest: 32),
        ])
        let rows = frame.shards.sorted {
            ($0.state.log?.length ?? 0, $1.state.shard) > ($1.state.log?.length ?? 0, $0.state.shard)
        }
        for row in rows.prefix(Self.shardRows) {
            table.row([
                "\(row.state.shard.number)", row.state.log.map { Units.count($0.length) } ?? "gone",
                Units.duration(milliseconds: row.state.lag), Self.rate(row.added), Self.rate(row.flushed),
                Units.count(row.state.active), Units.count(row.state.touched), Units.bytes(row.file.size),
                Units.bytes(row.file.log), row.state.flusher ?? "none",
            ])
        }
        let left = rows.count - Self.shardRows
        return table.text + (left > 0 ? "and \(Units.count(left)) more, with shorter logs\n" : "")
    }

    /// Names and widths of ``row``'s columns.
    private static let columns: [(String, Int)] = [
        ("time", 24), ("requests/s", 10), ("hit rate", 8), ("5xx/s", 7), ("written/s", 9), ("flushed/s", 9), ("log", 9),
        ("lag", 10), ("active", 9), ("Redis", 9), ("SQLite", 9), ("WAL", 9),
    ]

    static var titles: String { line(columns.map(\.0)) }

    var row: String {
        let files = frame.now.files
        return Self.line([
            "\(at)", Self.rate(frame.requestRate), hitRate, Self.rate(frame.failureRate),
            Self.rate(frame.shards.reduce(0) { $0 + $1.added }), Self.rate(frame.shards.reduce(0) { $0 + $1.flushed }),
            Units.count(frame.logLength), Units.duration(milliseconds: frame.lag),
            frame.sessions[0].count.map { Units.count($0) } ?? "–",
            frame.now.server.map { Units.bytes($0.usedMemory) } ?? "–", Units.bytes(files.reduce(0) { $0 + $1.size }),
            Units.bytes(files.reduce(0) { $0 + $1.log }),
        ])
    }

    private static func line(_ cells: [String]) -> String {
        zip(cells, columns).map { cell, column in
            String(repeating: " ", count: max(column.1 - Printable.width(cell), 0)) + cell
        }.joined(separator: " ") + "\n"
    }

    /// One object on one line. What isn't known is null.
    var json: [UInt8] {
        var writer = JSONObjectWriter()
        func number(_ key: StaticString, _ value: Double?) {
            writer.member(key, json: (value.map { "\($0)" } ?? "null").utf8)
        }
        writer.member("at", at)
        number("seconds", frame.seconds)
        number("requests_per_second", frame.requestRate)
        number("hit_rate", frame.hitRate)
        number("failures_per_second", frame.failureRate)
        writer.member("sessions") { output in
            output.append(UInt8(ascii: "{"))
            output +=
                frame.sessions.map { "\"\($0.status)\":\($0.count.map(String.init) ?? "null")" }
                .joined(separator: ",").utf8
            output.append(UInt8(ascii: "}"))
        }
        if let server = frame.now.server {
            writer.member("redis_used_memory", server.usedMemory)
            writer.member("redis_maxmemory", server.memoryLimit)
        }
        writer.member("shards") { output in
            output.appendArray(frame.shards) { row, output in
                var writer = JSONObjectWriter()
                writer.member("shard", row.state.shard.number)
                writer.member("log_exists", row.state.log != nil)
                writer.member("log_entries", row.state.log?.length ?? 0)
                writer.member("lag_ms", row.state.lag)
                writer.member("written_per_second", json: "\(row.added)".utf8)
                writer.member("flushed_per_second", json: "\(row.flushed)".utf8)
                writer.member("active", row.state.active)
                writer.member("abandoned", row.state.abandoned)
                writer.member("touched", row.state.touched)
                writer.member("flusher", optional: row.state.flusher)
                writer.member("sqlite_bytes", row.file.size)
                writer.member("wal_bytes", row.file.log)
                output += writer.finish()
            }
        }
        return writer.finish()
    }
}
