import Foundation
import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct RestorationTests {
    let folder = TemporaryFolder()
    private var file: String { "\(folder.path)/shard-0.sqlite" }

    @Test func whatIsReplacedIsKeptWholeAndCanBeOpened() async throws {
        let configuration = DurableConfiguration(folder: folder.path, shards: try #require(ShardCount(1)))
        let old = try await sessions(1)
        let backup = "\(folder.path)/backup"
        var reader = try ShardReader(file)
        _ = try ShardCopy.make(of: reader, at: backup) { _, _ in }
        reader.close()
        let new = try await sessions(2, after: 1)
        #expect(PrivateFolder.size(of: file + "-wal") ?? 0 > 0)

        var restoration = try Restoration(configuration)
        reader = try ShardReader(backup)
        let copy = try restoration.prepare(shard0, from: reader) { _, _ in }
        reader.close()
        #expect(copy.sessions == 1)
        #expect(try rows(of: file) == old + new, "nothing has changed so far")
        let kept = try restoration.replace(keepingAs: "now")
        #expect(
            kept.map { $0.dropFirst(folder.path.count + 1) } == [
                "shard-0.sqlite.before-restore-now", "shard-0.sqlite.before-restore-now-wal",
            ])
        #expect(try rows(of: file) == old)
        #expect(try rows(of: kept[0]) == old + new)
        #expect(PrivateFolder.size(of: "\(folder.path)/lock") == 0)
    }

    @Test func whatDoesNotTakePlaceLeavesNothing() async throws {
        let configuration = DurableConfiguration(folder: folder.path, shards: try #require(ShardCount(1)))
        _ = try await sessions(1)
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        do {
            var restoration = try Restoration(configuration)
            let reader = try ShardReader(file)
            _ = try restoration.prepare(shard0, from: reader) { _, _ in }
            reader.close()
            restoration.discard()
        }
        let after = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(after) == Set(before + ["lock"]))
        _ = try FolderLock.shared(folder.path)
    }

    /// Makes so many sessions, and answers with their ids.
    private func sessions(_ count: Int, after: UInt64 = 0) async throws -> [String] {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let skipped = (0..<after).map { _ in journal.newSession() }
        for one in skipped { journal.create(one) }
        _ = journal.take()
        let new = (0..<count).map { _ in journal.newSession() }
        for one in new { journal.create(one) }
        let cursor = after == 0 ? LogID.zero : LogID(milliseconds: UInt64(Journal.start), sequence: after)
        _ = try await store.apply(journal.take(), after: cursor, in: shard0)
        await store.close()
        return new.map(\.description).sorted()
    }

    private func rows(of path: String) throws -> [String] {
        let reader = try ShardReader(path)
        defer { reader.close() }
        return try reader.read { try String.fetchAll($0, sql: "SELECT id FROM user_sessions ORDER BY id") }
    }
}
