import DurableTier
import Foundation
import GRDB
import SessionCore
import SessionModel
import Testing

@Suite struct CrashTests {
    /// The cursor says how far SQLite is; the rows must be exactly what the entries up to there make.
    @Test(arguments: 0..<8)
    func aProcessKilledWhileItAppliesLeavesWholeBatches(_ round: Int) async throws {
        let folder = TemporaryFolder()
        let seed = UInt64.random(in: 0...UInt64.max)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String, seed = seed as UInt64] in
            var random = SeededGenerator(state: seed)
            let store = try await openStore(at: path)
            var journal = Journal()
            let id = journal.newSession()
            journal.create(id)
            var cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
            let delay = Double.random(in: 0.001...0.1, using: &random)
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: delay)
                kill(getpid(), SIGKILL)
            }
            var messages: Int64 = 0
            while true {
                for _ in 0..<Int.random(in: 1...200, using: &random) {
                    journal.append(id, version: messages / 3 + 2, first: messages + 1, count: 3)
                    messages += 3
                }
                cursor = try await store.apply(journal.take(), after: cursor, in: shard0).cursor
            }
        }
        let store = try await openStore(in: folder)
        let cursor = try await store.cursor(of: shard0)
        let live = try await store.liveHeads(of: shard0, after: nil, limit: 2)
        #expect(live.count == 1, "seed \(seed)")
        let id = try #require(live.first).id
        let found = try #require(await store.session(id, of: nil, messages: 1_000_000))
        // The first entry is the creation, each other one brings three messages.
        #expect(found.session.version == Int64(cursor.sequence), "seed \(seed)")
        #expect(found.session.messageCount == 3 * (found.session.version - 1), "seed \(seed)")
        #expect(found.messages.count == Int(found.session.messageCount), "seed \(seed)")
        let (check, letters) = try inspect(folder) { db in
            (
                try String.fetchOne(db, sql: "PRAGMA integrity_check"),
                try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letters")
            )
        }
        #expect(check == "ok" && letters == 0, "seed \(seed)")
        await store.close()
    }
}
