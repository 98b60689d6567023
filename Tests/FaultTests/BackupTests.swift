import SessionTesting
import Synchronization
import Testing

/// Backups that are taken while many write: each is a state that there was, whole and verified.
@Suite struct BackupTests {
    @Test(.timeLimit(.minutes(2))) func underLoadABackupIsAConsistentPrefix() async throws {
        let clients = 8
        let generator = SeededGenerator.announced()
        try await withStack { stack in
            var sessions: [String] = []
            for number in 0..<clients { sessions.append(try await stack.newSession(for: "user-\(number)")) }
            let isOver = Flag()
            let backups = (0..<4).map { stack.folder.file("backup-\($0).sqlite") }
            // What each client knew to be acknowledged: messages are numbered as they are.
            let acknowledged = try await withThrowingTaskGroup(of: Void.self) { group in
                let written = Counters(clients)
                for client in 0..<clients {
                    var writer = Writer(
                        stack: stack, user: "user-\(client)", session: sessions[client], name: "c",
                        generator: SeededGenerator(seed: generator.seed &+ UInt64(client)))
                    writer.cuts = 0
                    group.addTask { [writer] in
                        var (writer, number) = (writer, 0)
                        while !isOver.isSet {
                            _ = try await writer.write(number)
                            number += 1
                            written.set(client, number)
                        }
                    }
                }
                var bounds: [(before: [Int], after: [Int])] = []
                for (round, backup) in backups.enumerated() {
                    try await Task.sleep(for: .milliseconds(300))
                    try await eventually("each client has written more", within: .seconds(20)) {
                        written.values.allSatisfy { $0 > 6 * (round + 1) }
                    }
                    // Flushed by then, so in the backup; the backup holds nothing that wasn't sent by its end.
                    let answer = try await stack.request(
                        "POST", "/api/sessions/\(sessions[0])/activity", as: "user-0")
                    #expect(answer.status == 200)
                    let before = try DurableRows(stack).chats()
                    let output = try await stack.sessionctl("backup", backup)
                    #expect(output.code == 0, "\(output.text)")
                    bounds.append((sessions.map { before[$0]?.count ?? 0 }, written.values))
                }
                isOver.set()
                try await group.waitForAll()
                return bounds
            }
            for (backup, bounds) in zip(backups, acknowledged) {
                #expect(try await stack.sessionctl("verify", backup).code == 0)
                let rows = try DurableRows(file: backup)
                #expect(try rows.tornSessions() == 0)
                let chats = try rows.chats()
                // No entry is in it that its cursor is behind, and none is missing before it.
                let cursors = try rows.integer(
                    "SELECT count(*) FROM user_sessions, flush_cursor f WHERE CAST(user_sessions.log_id AS INTEGER) > CAST(f.log_id AS INTEGER)"
                )
                #expect(cursors == 0)
                for (client, session) in sessions.enumerated() {
                    let chat = chats[session] ?? []
                    #expect(chat == chat.indices.map { "c \($0)" }, "a prefix of what was written")
                    // One more may have been sent and flushed before its answer was counted.
                    #expect((bounds.before[client]...bounds.after[client] + 1).contains(chat.count))
                }
            }
            #expect(acknowledged.last?.after.allSatisfy { $0 > 20 } == true)
        }
    }
}

/// How many each client has written.
private final class Counters: Sendable {
    private let counts: Mutex<[Int]>

    init(_ count: Int) { counts = Mutex(Array(repeating: 0, count: count)) }

    func set(_ client: Int, _ count: Int) { counts.withLock { $0[client] = count } }

    var values: [Int] { counts.withLock { $0 } }
}
