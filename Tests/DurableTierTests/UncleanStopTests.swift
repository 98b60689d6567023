import Foundation
import GRDB
import SessionCore
import SessionModel
import Synchronization
import Testing

@testable import DurableTier

/// A file that was not closed in order is looked through before anything is built on it.
@Suite struct UncleanStopTests {
    let folder = TemporaryFolder()

    private func isClosed() throws -> Bool? {
        try inspect(folder) { try Bool.fetchOne($0, sql: "SELECT is_closed FROM dataset") }
    }

    private func fill() async throws -> SQLiteStore {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var cursor = LogID.zero
        for _ in 0..<40 {
            let id = journal.newSession()
            journal.create(id)
            journal.append(id, version: 2, first: 1, count: 20)
            cursor = try await store.apply(journal.take(), after: cursor, in: shard0).cursor
        }
        try await store.checkpoint(shard0)
        return store
    }

    @Test func onlyTheLastToLeaveNotesThatItLeftInOrder() async throws {
        let first = try await fill()
        #expect(try isClosed() == false)
        let second = try await openStore(in: folder)
        await first.close()
        #expect(try isClosed() == false, "another has it")
        await second.close()
        #expect(try isClosed() == true)
        try await openStore(in: folder).close()
    }

    /// Damage that only a check sees, since nobody reads the page.
    @Test(arguments: [false, true]) func damageIsFoundAtTheStartAfterAnUncleanStop(_ isClean: Bool) async throws {
        let store = try await fill()
        await store.close()
        try await edit("UPDATE dataset SET is_closed = \(isClean ? 1 : 0)")
        let path = "\(folder.path)/shard-0.sqlite"
        let root = try inspect(folder) { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'user_sessions_by_activity'")
        }
        let page = try #require(root)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: UInt64((page - 1) * 4096))
        try file.write(contentsOf: Data(repeating: 0xa5, count: 64))
        try file.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        if isClean {
            try await openStore(in: folder).close()
        } else {
            await #expect(throws: DurableError.self) { try await openStore(in: folder) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before, "it is left as it is")
        }
    }

    private func edit(_ sql: String) async throws {
        let queue = try DatabaseQueue(path: "\(folder.path)/shard-0.sqlite")
        try await queue.write { try $0.execute(sql: sql) }
        try await queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try queue.close()
    }
}
