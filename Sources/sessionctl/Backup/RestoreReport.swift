import DurableTier
import SessionModel
import Terminal

/// What a restore came to.
struct RestoreReport {
    let folder: String
    var datasetsBefore: Set<String> = []
    var verification = Verification()
    var copies: [ShardCopy] = []
    var kept: [String] = []

    init(folder: String) { self.folder = folder }

    /// Whether Redis holds what belongs to another database.
    private var isOther: Bool {
        !datasetsBefore.isEmpty && !copies.allSatisfy { datasetsBefore.contains($0.identity.dataset) }
    }

    private var sessions: Int { copies.reduce(0) { $0 + $1.sessions } }

    private var next: String {
        if isOther {
            return """
                The backup is of another dataset than the one that was there, and Redis' data belongs to that one: sessiond \
                will refuse to flush. If the backup's is the one you want, give sessiond an empty Redis, or another redis.prefix.
                """
        }
        let times = copies.map(\.identity.time)
        return """
            When sessiond starts, it finds that SQLite ends at \(times.min() ?? "nothing"). It applies what the log in Redis has \
            behind that, and brings up to date from Redis what was already trimmed from the log, as far as it is still there. \
            What was changed since and is in neither is lost: it is in the kept files.
            """
    }

    var text: String {
        guard verification.isGood else {
            return verification.text + "Nothing was restored, and nothing was changed.\n"
        }
        var table = Table([.number("shard"), .number("size"), .number("sessions"), .text("cursor"), .text("of")])
        for copy in copies {
            table.row([
                "\(copy.identity.shard)", Units.bytes(copy.size), Units.count(copy.sessions), "\(copy.identity.cursor)",
                copy.identity.time,
            ])
        }
        var text = table.text + "\nRestored into \(Printable.text(folder)): \(Units.count(sessions)) sessions.\n"
        text += kept.isEmpty ? "There was nothing to keep.\n" : "Kept is what was there:\n"
        text += kept.map { "  \(Printable.text($0))\n" }.joined()
        return text + "\n" + next + "\n"
    }

    var json: [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("ok", verification.isGood)
        writer.member("folder", folder)
        writer.member("sessions", sessions)
        writer.member("cursors", texts: copies.map(\.identity.cursor.description))
        writer.member("kept", texts: kept)
        writer.member("other_dataset", isOther)
        if !verification.isGood { writer.member("verification", json: verification.json) }
        return writer.finish()
    }
}
