import DurableTier
import HotTier
import SessionCore
import SessionModel
import Terminal

/// What `inspect` shows.
struct SessionView {
    let id: SessionID
    let sides: SessionSides
    /// Nil: metadata stays sealed.
    let seal: MetadataSeal?
    let commands: ShellCommands

    var hot: HotSession { sides.hot }
    var stored: StoredSession { sides.stored }

    var verdict: String {
        switch sides.comparison.verdict {
        case .agree: "Both tiers agree."
        case .activityUnwritten:
            "Both tiers agree, but for when it was last seen, which the flusher writes every write-behind.activity-flush."
        case .unflushed(let count):
            "SQLite is behind by \(count) log \(count == 1 ? "entry" : "entries"), not yet flushed."
        case .deletionUnflushed: "It is deleted; SQLite has yet to be told."
        case .deleted: "It was deleted, by log entry \(hot.tombstone?.logID?.description ?? "")."
        case .cold: "It is in SQLite alone, as one that has ended is after a while."
        case .unknown: "Neither tier has it."
        case .differ(let reason): "The tiers differ: \(reason)."
        }
    }

    var text: String {
        var text = "Session \(id), shard \(id.shard.number)\n\n"
        switch sides.comparison.verdict {
        case .unknown, .deleted: break
        case .agree, .activityUnwritten, .unflushed, .deletionUnflushed, .cold, .differ:
            text += fieldTable + "\n" + messagesLine + "\n"
            text += keyTable
            text += revealed
        }
        text += Printable.text(verdict) + "\n"
        if !sides.unflushed.isEmpty { text += "\n" + logTable }
        if !stored.deadLetters.isEmpty { text += "\n" + deadLetterTable }
        return text + "\nThe same by hand:\n" + commands.lines.map { "  \(Printable.text($0))\n" }.joined()
    }

    private var fieldTable: String {
        var table = Table([.text("field"), .text("Redis", longest: 44), .text("SQLite", longest: 44), .text("")])
        for field in sides.comparison.fields where field.hot != nil || field.stored != nil {
            table.row([
                field.name, shown(field.hot, field.name, isThere: !hot.fields.isEmpty),
                shown(field.stored, field.name, isThere: !stored.fields.isEmpty), field.differs ? "≠" : "",
            ])
        }
        if let ends = hot.abandonsAt { table.row(["abandons_at", "\(ends)"]) }
        for row in PlanSummary.rows(hot.mission, stored.mission, contents: stored.contents) { table.row(row) }
        return table.text
    }

    private var messagesLine: String {
        let list = hot.keys.first { $0.type == "list" }
        let window = list.map { "the newest \(Units.count($0.size)) in Redis" } ?? "none in Redis"
        let messages = stored.messages
        let torn =
            messages.count != messages.last || messages.count > 0 && messages.first != 1
            ? "; they are not 1 to \(messages.count): `sessionctl verify`" : ""
        return
            "Messages: \(window), \(Units.count(messages.count)) in SQLite (\(Units.bytes(Int(messages.bytes))))\(torn)\n"
    }

    private var keyTable: String {
        guard !hot.keys.isEmpty else { return "" }
        var table = Table([
            .text("key", longest: 100), .text("type"), .number("size"), .number("memory"), .number("TTL"),
        ])
        for key in hot.keys {
            table.row([
                key.name, key.type, Units.count(key.size), key.memory.map(Units.bytes) ?? "",
                key.ttl.map { Units.duration(milliseconds: $0) } ?? "none",
            ])
        }
        for place in hot.places { table.row([place.key, "in zset", "", "", "by \(place.score)"]) }
        return table.text + "\n"
    }

    private var logTable: String {
        var table = Table([.text("not yet flushed"), .text("operation"), .number("version"), .number("size")])
        for change in sides.unflushed {
            table.row(["\(change.id)", change.operation, change.version, Units.bytes(change.bytes)])
        }
        return table.text
    }

    private var deadLetterTable: String {
        var table = Table([.number("dead letter"), .text("log entry"), .text("why", longest: 80)])
        for letter in stored.deadLetters { table.row(["\(letter.number)", letter.logID, letter.error]) }
        return table.text
    }
}
