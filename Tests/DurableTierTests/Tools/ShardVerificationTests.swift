import Foundation
import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

/// Everything that `verify` asks finds what it is there to find, and nothing in a file that is as it must be.
@Suite struct ShardVerificationTests {
    let folder = TemporaryFolder()

    struct Damage: Sendable, CustomTestStringConvertible {
        let check: String
        let sql: String
        var testDescription: String { "\(check): \(sql)" }

        init(_ check: String, _ sql: String) { (self.check, self.sql) = (check, sql) }
    }

    static let damages = [
        Damage("gapless chats", "DELETE FROM chat_message_documents WHERE sequence_order = 2"),
        Damage("gapless chats", "UPDATE user_sessions SET message_count = message_count + 1"),
        Damage("gapless chats", "UPDATE chat_message_documents SET sequence_order = 9 WHERE sequence_order = 3"),
        Damage("JSON of messages", "UPDATE chat_message_documents SET document = '{' WHERE sequence_order = 1"),
        Damage(
            "JSON of messages", "UPDATE chat_message_documents SET document = json_set(document, '$.sequence_order', 7)"
        ),
        Damage("JSON of messages", "UPDATE chat_message_documents SET document = json_set(document, '$.chat_id', 'x')"),
        Damage("JSON of messages", "UPDATE chat_message_documents SET document = json_set(document, '$.role', 'god')"),
        Damage("JSON of messages", "UPDATE chat_message_documents SET document = json_set(document, '$.content', 1)"),
        Damage("chats", "DELETE FROM chats"),
        Damage("chats", "UPDATE chats SET id = 'x' || session"),
        Damage("ids of sessions", "UPDATE user_sessions SET id = upper(id)"),
        Damage("ids of sessions", "UPDATE user_sessions SET id = substr(id, 1, 32) || '0001'"),
        Damage("users' shard", "UPDATE user_sessions SET user_id = ''"),
        Damage("log ids", "UPDATE user_sessions SET log_id = 'x'"),
        Damage("log ids", "UPDATE missions SET log_id = ''"),
        Damage("values of sessions", "UPDATE user_sessions SET status = 'lost'"),
        Damage("values of sessions", "UPDATE user_sessions SET version = 0"),
        Damage("values of sessions", "UPDATE user_sessions SET status = 'abandoned'"),
        Damage("values of sessions", "UPDATE user_sessions SET updated_at = 253402300800000"),
        Damage("values of sessions", "UPDATE user_sessions SET created_at = -1"),
        Damage("numbers of names", "UPDATE users SET highest_session_number = -1"),
        Damage("ids of missions", "UPDATE missions SET id = substr(id, 1, 32) || 'ffff'"),
        Damage("sessions' missions", "UPDATE missions SET user_id = '8'"),
        Damage("assets", "UPDATE assets SET user_id = '8'"),
        Damage("numbered hops", "UPDATE hops SET sequence_order = 5 WHERE sequence_order = 2"),
        Damage("numbered tool steps", "DELETE FROM tool_steps WHERE sequence_order = 1"),
        Damage("open hops", "UPDATE hops SET status = 'executing'"),
        Damage("open hops", "UPDATE missions SET current_hop_id = 'x'"),
        Damage("contents of assets", "UPDATE asset_contents SET content = '{'"),
        Damage("contents of assets", "UPDATE asset_contents SET bytes = bytes + 1"),
        Damage("JSON of missions", "UPDATE missions SET success_criteria = '{}'"),
        Damage("JSON of missions", "UPDATE hops SET intended_input_asset_ids = ''"),
        Damage("JSON of missions", "UPDATE tool_steps SET parameter_mapping = '[]'"),
        Damage("JSON of missions", "UPDATE tool_steps SET execution_result = 'x'"),
        Damage("JSON of missions", "UPDATE assets SET schema_definition = 'null'"),
        Damage("sealed metadata", "UPDATE user_sessions SET session_metadata = CAST('{\"a\":1}' AS BLOB)"),
        Damage("sealed metadata", "UPDATE assets SET asset_metadata = x'01'"),
        Damage("foreign_key_check", "DELETE FROM missions"),
        Damage("dataset and cursor", "DELETE FROM dataset"),
        Damage("dataset and cursor", "UPDATE dataset SET shard = 1"),
        Damage("dataset and cursor", "UPDATE flush_cursor SET log_id = 'x'"),
        Damage("dataset and cursor", "PRAGMA application_id = 1"),
        Damage(
            "integrity_check",
            "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'assets_by_hop'"),
    ]

    @Test(arguments: damages) func eachCheckFindsItsDamage(_ damage: Damage) async throws {
        try await fill()
        try change(damage.sql)
        let failed = try verify().filter { $0.outcome == .failed }
        let found = try #require(failed.first { $0.name == damage.check }, "\(failed)")
        #expect(found.findings > 0 && !found.details.isEmpty)
    }

    @Test func whatIsAsItMustBeHasNoFindings() async throws {
        try await fill()
        for integrity in [ShardReader.Integrity.quick, .full] {
            let results = try verify(integrity)
            #expect(results.filter { $0.outcome != .passed } == [])
            #expect(results.count > 20)
            #expect(results.first { $0.name == "gapless chats" }?.looked == 3)
        }
    }

    @Test func whatIsNoFaultIsNotedAndDoesNotFail() async throws {
        try await fill()
        try change("INSERT INTO dead_letters (log_id, entry, error) VALUES ('1-1', '[]', 'x')")
        try change("UPDATE user_sessions SET mission_id = substr(id, 1, 14) || '7fff' || substr(id, 19)")
        let noted = try verify().filter { $0.outcome != .passed }
        #expect(noted.map(\.name) == ["lost missions", "dead letters"])
        #expect(noted.allSatisfy { $0.outcome == .noted && !$0.details.isEmpty })
    }

    @Test func aUserOfAnotherShardIsFound() async throws {
        let shards = try #require(ShardCount(2))
        let stranger = try #require(
            (0...).lazy.compactMap { UserID("\($0)") }.first { shards.shard(of: $0) == Shard(number: 1) })
        let store = try await openStore(in: folder, shards: 2)
        var journal = Journal()
        journal.create(journal.newSession(), stranger.text)
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        await store.close()
        let reader = try ShardReader("\(folder.path)/shard-0.sqlite")
        defer { reader.close() }
        let failed = reader.verify(shard0, of: shards, .full) { _, _, _ in }.filter { $0.outcome == .failed }
        #expect(failed.map(\.name) == ["users' shard"])
        #expect(failed.first?.details == ["user \(stranger.text) is of shard 1"])
    }

    @Test func tooManyFindingsAreCountedAndNotTold() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        for _ in 0..<50 { journal.create(journal.newSession()) }
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        await store.close()
        try change("DELETE FROM chats")
        let found = try #require(try verify().first { $0.name == "chats" })
        #expect(found.findings == 50 && found.details.count == CheckResult.mostDetails)
    }

    @Test func progressIsToldOfEachCheck() async throws {
        try await fill()
        let reader = try ShardReader("\(folder.path)/shard-0.sqlite")
        defer { reader.close() }
        var told: [String] = []
        let results = reader.verify(shard0, of: try #require(ShardCount(1)), .full) { name, number, count in
            if told.last != name { told.append(name) }
            #expect(number == told.count - 1 && number < count)
        }
        #expect(told == results.map(\.name))
    }

    @Test func aReaderWritesNothingAndNeedsAFile() async throws {
        try await fill()
        let reader = try ShardReader("\(folder.path)/shard-0.sqlite")
        defer { reader.close() }
        #expect(throws: DurableError.self) { try reader.read { db in try db.execute(sql: "DELETE FROM users") } }
        let pragmas = try reader.read { db in
            try ["query_only", "wal_autocheckpoint", "mmap_size"].map { try Int.fetchOne(db, sql: "PRAGMA \($0)") }
        }
        #expect(pragmas == [1, 0, 0])
        #expect(throws: DurableError.failed("there is no file \(folder.path)/none")) {
            try ShardReader("\(folder.path)/none")
        }
    }

    /// A file from elsewhere may call itself ours and hold anything: every column, what it can't be.
    @Test func whateverAFileHoldsNothingEndsTheProcess() async throws {
        try await fill()
        try change(
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(replace(replace(replace(replace(sql, ' STRICT', ''),
                'KEY NOT NULL', 'KEY'),
                'TEXT NOT NULL', 'TEXT'), 'INTEGER NOT NULL', 'INTEGER'), 'BLOB NOT NULL', 'BLOB') WHERE type = 'table'
            """)
        let columns = try inspect(folder) { db in
            try [
                "dataset", "flush_cursor", "user_sessions", "chats", "chat_message_documents", "users", "missions",
                "hops",
                "tool_steps", "assets", "asset_contents", "dead_letters", "grdb_migrations",
            ].flatMap { table in
                try db.columns(in: table).filter { $0.primaryKeyIndex == 0 || $0.type == "TEXT" }.map {
                    (table, $0.name)
                }
            }
        }
        #expect(columns.count > 70)
        let file = "\(folder.path)/shard-0.sqlite"
        let whole = try Data(contentsOf: URL(filePath: file))
        let id = try #require(
            SessionID(try inspect(folder) { try String.fetchOne($0, sql: "SELECT id FROM user_sessions") ?? "" }))
        for (table, column) in columns {
            for value in ["NULL", "x'ff00'", "'\u{1b}'", "-9.9e99"] {
                try change("UPDATE OR REPLACE \(table) SET \(column) = \(value)")
                // Whether it says so or throws depends on what is read; it comes back.
                _ = try verify()
                let reader = try ShardReader(file)
                _ = try? reader.identity()
                _ = try? reader.session(id)
                _ = try? reader.sessionsByStatus()
                for user in (try? reader.users(after: nil, limit: 10)) ?? [] { try? reader.export(user) { _ in } }
                reader.close()
                for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
                try whole.write(to: URL(filePath: file))
            }
        }
    }

    // MARK: making and breaking

    /// A session with three messages, a mission with two hops, two tool steps, an asset with a content.
    private func fill() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let session = journal.newSession()
        journal.create(session)
        journal.append(session, version: 2, first: 1, count: 3)
        var plan = MissionModel(journal.newMission(), name: "m")
        if var first = plan.hops[plan.addHop()] {
            first.status = .completed
            plan.put(first)
        }
        let hop = plan.addHop()
        plan.addStep(to: hop)
        plan.addStep(to: hop)
        plan.addAsset(.hop(hop), content: "[1]")
        plan.write(to: &journal)
        journal.update(session, version: 3, [("mission_id", plan.id.description)])
        let batch = try await store.apply(journal.take(), after: .zero, in: shard0)
        #expect(batch.deadLetters == 0)
        await store.close()
    }

    /// By somebody who cares for no constraint.
    private func change(_ sql: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: "\(folder.path)/shard-0.sqlite", configuration: configuration)
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = ON; \(sql)")
        }
    }

    private func verify(_ integrity: ShardReader.Integrity = .full) throws -> [CheckResult] {
        let reader = try ShardReader("\(folder.path)/shard-0.sqlite")
        defer { reader.close() }
        return reader.verify(shard0, of: try #require(ShardCount(1)), integrity) { _, _, _ in }
    }
}
