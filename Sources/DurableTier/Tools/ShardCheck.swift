import GRDB
import SessionCore
import SessionModel

/// One question to a shard's file.
struct ShardCheck: Sendable {
    let name: String
    let run: @Sendable (Database, inout Findings) throws -> Void

    /// - Parameters:
    ///   - count: a statement that tells how many `unit`s there are.
    ///   - findings: a statement whose rows are findings, a text each.
    init(_ name: String, _ unit: String, count: String, findings: String) {
        self.name = name
        run = { db, found in
            found.looked(at: try Int.fetchOne(db, sql: count) ?? 0, unit)
            let statement = try SQLStatement(db, findings)
            while try statement.step() { found.add(statement.text(0)) }
        }
    }

    init(_ name: String, run: @escaping @Sendable (Database, inout Findings) throws -> Void) {
        self.name = name
        self.run = run
    }

    /// Where SQLite keeps it.
    static func integrity(_ integrity: ShardReader.Integrity) -> ShardCheck {
        let pragma =
            switch integrity {
            case .quick: "quick_check"
            case .full: "integrity_check"
            }
        return ShardCheck(pragma) { db, found in
            found.looked(at: try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0, "pages")
            for line in try String.fetchAll(db, sql: "PRAGMA \(pragma)(\(mostFaults))") where line != "ok" {
                found.add(line)
            }
        }
    }

    /// Faults after which SQLite needn't go on.
    private static let mostFaults = 1000

    static let foreignKeys = ShardCheck("foreign_key_check") { db, found in
        let statement = try SQLStatement(db, "PRAGMA foreign_key_check")
        while try statement.step() {
            found.add("row \(statement.text(1)) of \(statement.text(0)) has no row in \(statement.text(2))")
        }
    }

    static func dataset(_ shard: Shard, _ shards: ShardCount, _ path: String) -> ShardCheck {
        ShardCheck("dataset and cursor") { db, found in
            let rows = try Int.fetchOne(
                db, sql: "SELECT (SELECT count(*) FROM dataset) + (SELECT count(*) FROM flush_cursor)")
            if rows != 2 { found.add("dataset and flush_cursor must have one row each") }
            let identity = try ShardReader.identity(db, path)
            if identity.shards != shards.value || identity.shard != Int(shard.number) {
                found.add("it is shard \(identity.shard) of \(identity.shards), not \(shard.number) of \(shards.value)")
            }
            if identity.dataset.isEmpty { found.add("the dataset has no name") }
        }
    }

    /// Sealed values without being opened: that each is an envelope of ours.
    static let sealedMetadata = ShardCheck("sealed metadata") { db, found in
        var looked = 0
        for (table, column) in [
            ("user_sessions", "session_metadata"), ("missions", "mission_metadata"), ("hops", "hop_metadata"),
            ("assets", "asset_metadata"),
        ] {
            let statement = try SQLStatement(db, "SELECT id, \(column) FROM \(table) WHERE \(column) IS NOT NULL")
            while try statement.step() {
                looked += 1
                if MetadataSeal.keyID(of: statement.bytes(1)) == nil {
                    found.add("\(column) of \(statement.text(0)) is not sealed as it must be")
                }
            }
        }
        found.looked(at: looked, "values")
    }

    static let deadLetters = ShardCheck("dead letters") { db, found in
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letters") ?? 0
        found.looked(at: count, "letters")
        if count > 0 { found.note("\(count) log entries could not be applied and are set aside in dead_letters") }
    }

    /// A condition that `column` is no id of a UUID's version of ours, or none of this shard.
    static func isForeign(_ column: String, _ shard: Shard) -> String {
        let hex = "[0-9a-f]"
        let pattern = [8, 4, 4, 4, 12].map { String(repeating: hex, count: $0) }.joined(separator: "-")
        let digits = String(shard.number, radix: 16)
        let suffix = String(repeating: "0", count: 4 - digits.count) + digits
        return
            "(\(column) NOT GLOB '\(pattern)' OR substr(\(column), 15, 1) <> '7' OR substr(\(column), -4) <> '\(suffix)')"
    }
}
