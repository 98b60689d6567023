import Foundation
import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct ShardCopyTests {
    let folder = TemporaryFolder()
    private var file: String { "\(folder.path)/shard-0.sqlite" }
    private var copy: String { "\(folder.path)/copy" }

    /// Some megabytes, so that a copy takes several steps.
    private func fill() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let session = journal.newSession()
        journal.create(session)
        for number in 0..<30 {
            journal.append(
                session, version: Int64(number) + 2, first: Int64(number) + 1,
                content: String(repeating: "x", count: 100_000))
        }
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        await store.close()
    }

    @Test func aCopyIsOfOneInstantHoweverMuchIsWrittenMeanwhile() async throws {
        try await fill()
        let store = try await openStore(in: folder)
        let reader = try ShardReader(file)
        defer { reader.close() }
        let (before, identity) = (try dump(folder), try reader.identity())
        let writer = try DatabaseQueue(path: file)
        var steps = 0
        let made = try ShardCopy.make(of: reader, at: copy) { done, total in
            steps += 1
            #expect(done <= total && total > 500)
            // Into pages that were copied, and into those that weren't; in the end no more, should it begin anew each time.
            if steps > 50 { return }
            try? writer.write { db in
                try db.execute(sql: "UPDATE user_sessions SET name = 'after \(steps)'")
                try db.execute(sql: "INSERT INTO users VALUES ('u\(steps)', 1)")
            }
        }
        try writer.close()
        // Nothing began anew.
        #expect((2...20).contains(steps))
        #expect(try dump(folder) != before)
        #expect(try content(of: copy) == before)
        #expect(made.sessions == 1 && made.identity.cursor == identity.cursor)
        await store.close()
    }

    @Test func aCopyStandsAlone() async throws {
        try await fill()
        let reader = try ShardReader(file)
        defer { reader.close() }
        let made = try ShardCopy.make(of: reader, at: copy) { _, _ in }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.filter { $0.hasPrefix("copy") } == ["copy"])
        let attributes = try FileManager.default.attributesOfItem(atPath: copy)
        #expect(attributes[.posixPermissions] as? Int == 0o600 && attributes[.size] as? Int == made.size)
        // Reading it leaves nothing beside it.
        let copied = try ShardReader(copy)
        #expect(
            copied.verify(shard0, of: try #require(ShardCount(1)), .full) { _, _, _ in }.allSatisfy {
                $0.outcome == .passed
            })
        copied.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == names.sorted())
    }

    @Test func nothingIsOverwrittenAndNothingIsLeftOfAFailure() async throws {
        try await fill()
        let reader = try ShardReader(file)
        try Data("mine".utf8).write(to: URL(filePath: copy))
        #expect(throws: DurableError.self) { try ShardCopy.make(of: reader, at: copy) { _, _ in } }
        #expect(try Data(contentsOf: URL(filePath: copy)) == Data("mine".utf8))
        #expect(throws: DurableError.self) {
            try ShardCopy.make(of: reader, at: "\(folder.path)/none/copy") { _, _ in }
        }
        reader.close()
        // A source that turns out to be another application's.
        try FileManager.default.removeItem(atPath: copy)
        let queue = try DatabaseQueue(path: file)
        try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA application_id = 1") }
        try queue.close()
        let foreign = try ShardReader(file)
        defer { foreign.close() }
        #expect(throws: DurableError.self) { try ShardCopy.make(of: foreign, at: copy) { _, _ in } }
        #expect(!FileManager.default.fileExists(atPath: copy))
    }

    private func content(of path: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { db in try rows(db) }
    }
}
