import Foundation
import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct MigrationTests {
    let folder = TemporaryFolder()
    private let first = "1 sessions, chats, messages, missions"

    /// A file as the first schema had it.
    private func old(_ fill: (Database) throws -> Void) throws {
        try FileManager.default.createDirectory(
            atPath: folder.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let path = "\(folder.path)/shard-0.sqlite"
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: first)
        try queue.write { db in
            try db.execute(sql: "INSERT INTO dataset VALUES (1, 'old', 1, 0)")
            try fill(db)
        }
        try queue.close()
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    private func put(_ id: MissionID, _ user: String, _ logID: String, _ document: String, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO mission_documents VALUES (?, ?, ?, ?)",
            arguments: [id.description, user, logID, document])
    }

    @Test func missionsOfTheFirstSchemaAreMovedAndKeepAllTheyHad() async throws {
        let journal = Journal()
        let (full, bare, session) = (journal.newMission(), journal.newMission(), journal.newSession())
        try old { db in
            try put(
                full, "7", "5-1",
                """
                {"id":"\(full)","user_id":"7","created_at":1795430246752,"updated_at":1795430246753,"version":1,\
                "name":"Grüße \\"🌍\\"","description":"d","goal":"g","success_criteria":["a","\\u00e9"],\
                "status":"in_progress","mission_metadata":"AP8iAA=="}
                """, db)
            try put(
                bare, "o'brien", "5-2",
                """
                {"id":"\(bare)","user_id":"o'brien","created_at":1,"updated_at":2,"version":1,"name":"n",\
                "success_criteria":[],"status":"cancelled","mission_metadata":""}
                """, db)
            try db.execute(
                sql: """
                    INSERT INTO user_sessions (id, user_id, name, status, mission_id, version, log_id, message_count,
                        created_at, updated_at, last_activity_at) VALUES (?, '7', 'n', 'active', ?, 1, '5-1', 0, 1, 1, 1)
                    """, arguments: [session.description, full.description])
        }
        let store = try await openStore(in: folder)
        #expect(try await store.datasetID(of: shard0) == "old")
        let found = try #require(try await store.mission(full, of: user7)).tree
        #expect(
            try Mission(document: found.mission)
                == Mission(
                    id: full, userID: user7, name: "Grüße \"🌍\"", description: "d", goal: "g",
                    successCriteria: ["a", "é"], status: .inProgress, sealedMetadata: [0, 255, 34, 0],
                    createdAt: Timestamp(milliseconds: 1_795_430_246_752),
                    updatedAt: Timestamp(milliseconds: 1_795_430_246_753)))
        #expect(found.version == 1 && found.logID == LogID("5-1") && found.sessionID == session)
        let other = try #require(UserID("o'brien"))
        let list = try await store.missions(.init(userID: other, status: nil, excluding: [], after: nil, limit: 9))
        #expect(
            list.missions.map(\.mission) == [
                Mission(
                    id: bare, userID: other, name: "n", status: .cancelled, createdAt: Timestamp(milliseconds: 1),
                    updatedAt: Timestamp(milliseconds: 2))
            ])
        let names = try inspect(folder) { db in
            #expect(try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty)
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
            return try String.fetchSet(db, sql: "SELECT type || ' ' || name FROM sqlite_schema")
        }
        #expect(names.isSuperset(of: ["table missions", "table hops", "table tool_steps", "table assets"]))
        #expect(!names.contains("table mission_documents") && !names.contains("view missions"))
        await store.close()
    }

    @Test func aMovedMissionIsAmendedAsAnyOther() async throws {
        var journal = Journal()
        let id = journal.newMission()
        try old { db in
            try put(
                id, "7", "5-1",
                """
                {"id":"\(id)","user_id":"7","created_at":1,"updated_at":2,"version":1,"name":"n","success_criteria":[],\
                "status":"in_progress","mission_metadata":""}
                """, db)
        }
        let store = try await openStore(in: folder)
        var plan = MissionModel(id, name: "tea")
        _ = plan.takeParts()
        plan.addStep(to: plan.addHop())
        plan.write(to: &journal)
        let entries = journal.take()
        #expect(try await store.apply(entries, after: .zero, in: shard0).deadLetters == 0)
        #expect(try await store.mission(id, of: user7)?.tree == (try plan.tree(logID: entries[0].id)))
        await store.close()
    }

    static let unreadable = [
        "{}", "[", #"{"name":"n","status":"lost","version":1,"created_at":1,"updated_at":1,"mission_metadata":""}"#,
        #"{"name":"n","status":"failed","version":0,"created_at":1,"updated_at":1,"mission_metadata":""}"#,
        #"{"name":"n","status":"failed","version":1,"created_at":1,"updated_at":1,"mission_metadata":"?"}"#,
        #"{"name":"n","status":"failed","version":1,"created_at":"x","updated_at":1,"mission_metadata":""}"#,
        #"{"status":"failed","version":1,"created_at":1,"updated_at":1,"mission_metadata":""}"#,
    ]

    @Test(arguments: unreadable)
    func aDocumentThatCannotBeReadStopsTheMoveAndTheFileIsAsItWas(_ document: String) async throws {
        let journal = Journal()
        try old { db in
            try put(
                journal.newMission(), "7", "5-1",
                #"{"name":"n","status":"failed","version":1,"created_at":1,"updated_at":1,"mission_metadata":""}"#, db)
            try put(journal.newMission(), "7", "5-2", document, db)
        }
        await #expect(throws: DurableError.self) { try await openStore(in: folder) }
        let (left, tables) = try inspect(folder) { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM mission_documents"),
                try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema WHERE name IN ('hops', 'tool_steps')")
            )
        }
        #expect(left == 2 && tables == 0)
    }
}
