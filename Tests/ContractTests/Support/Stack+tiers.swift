import FoundationEssentials
import SessionTesting

/// Looking into the tiers behind the service's back.
extension Stack {
    /// Keys of the session in the hot tier. The shard is in an id's low 16 bits.
    func key(_ kind: String, _ id: String) throws -> String {
        guard let shard = UInt16(id.suffix(4), radix: 16) else { throw TestingError("no id: \(id)") }
        return "sd:{\(shard)}:\(kind):\(id)"
    }

    /// Waits until a session that is not active has left nothing in the hot tier but what will expire, and removes that:
    /// from now on only SQLite has it.
    func makeCold(_ session: String) async throws {
        let hash = try key("session", session)
        try await eventually("the flush of \(session)", within: .seconds(30)) {
            try redis.command("PTTL", hash).int ?? 0 > 0
        }
        let removed = try redis.command("DEL", hash, key("messages", session)).int ?? 0
        guard removed > 0 else { throw TestingError("\(session) was not hot") }
    }

    /// Every key with its value, but for what the flusher notes for people who look.
    func hotDump() throws -> [String: RESPValue] {
        var dump: [String: RESPValue] = [:]
        for key in try redis.command("KEYS", "*").strings where !key.hasSuffix("}:flush") {
            dump[key] = try redis.command("DUMP", key)
        }
        return dump
    }

    /// The rows of a query, a line each, fields with `|` between; of every shard's file in turn.
    func rows(_ sql: String) async throws -> [String] {
        var rows: [String] = []
        for file in try databaseFiles() {
            let output = try await Command.run(["sqlite3", "-readonly", file, sql])
            guard output.code == 0 else { throw TestingError(output.text) }
            rows += output.text.split(separator: "\n").map(String.init)
        }
        return rows
    }

    /// Writes into SQLite behind the back of a service that has stopped.
    func change(_ sql: String) async throws {
        for file in try databaseFiles() {
            let output = try await Command.run(["/usr/bin/env", "sqlite3", file, sql])
            guard output.code == 0 else { throw TestingError(output.text) }
        }
    }

    func databaseFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: dataFolder)
            .filter { $0.hasSuffix(".sqlite") }.sorted().map { "\(dataFolder)/\($0)" }
    }
}
