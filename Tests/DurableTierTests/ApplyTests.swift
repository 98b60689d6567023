import DurableTier
import GRDB
import SessionCore
import SessionModel
import Testing

@Suite struct ApplyTests {
    let folder = TemporaryFolder()

    @Test func aSessionComesBackAsItWasWritten() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id, name: "Session 3")
        journal.append(id, version: 2, first: 1, count: 3)
        journal.update(id, version: 3, [("metadata", "sealed"), ("name", "plan")])
        journal.append(id, version: 4, first: 4, count: 2)
        let entries = journal.take()
        let batch = try await store.apply(entries, after: .zero, in: shard0)
        #expect(batch.deadLetters == 0)
        #expect(batch.cursor == entries.last?.id)
        #expect(batch.sessions == [.init(id: id, userID: user7, messageCount: 5, status: .active, version: 4)])
        #expect(try await store.cursor(of: shard0) == entries.last?.id)

        let found = try #require(try await store.session(id, of: user7, messages: 2))
        #expect(found.session.name == "plan" && found.session.version == 4 && found.session.messageCount == 5)
        #expect(found.session.sealedMetadata == Array("sealed".utf8) && found.session.logID == entries.last?.id)
        #expect(found.messages == [4, 5].map { Array(Journal.message(id, $0).utf8) })
        #expect(try await store.highestSessionNumber(of: user7) == 3)
        #expect(try await store.session(id, of: UserID("8"), messages: 2) == nil)
        #expect(try await store.session(id, of: nil, messages: 0)?.messages.isEmpty == true)
        await store.close()
    }

    @Test func theSameBatchTwiceChangesNothing() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.append(id, version: 2, first: 1)
        let entries = journal.take()
        _ = try await store.apply(entries, after: .zero, in: shard0)
        let before = try dump(folder)
        await #expect(throws: DurableError.cursorMoved) { try await store.apply(entries, after: .zero, in: shard0) }
        #expect(try dump(folder) == before)
        await store.close()
    }

    @Test(.timeLimit(.minutes(2))) func twoFlushersOnOneFileApplyEachEntryOnce() async throws {
        let stores = [try await openStore(in: folder), try await openStore(in: folder)]
        var journal = Journal()
        let ids = (0..<5).map { _ in journal.newSession() }
        for id in ids { journal.create(id) }
        for round in 1...80 {
            for id in ids { journal.append(id, version: Int64(round + 1), first: Int64(round)) }
        }
        let entries = journal.take()
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for store in stores {
                group.addTask {
                    var applied = 0
                    while true {
                        let cursor = try await store.cursor(of: shard0)
                        let batch = Array(entries.filter { $0.id > cursor }.prefix(7))
                        if batch.isEmpty { return applied }
                        do {
                            _ = try await store.apply(batch, after: cursor, in: shard0)
                            applied += batch.count
                        } catch DurableError.cursorMoved {
                        } catch DurableError.transient {
                            // On a slow disk the other has the file for longer than is waited for it.
                        }
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(applied == entries.count)
        let (rows, letters) = try inspect(folder) { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM chat_message_documents"),
                try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letters")
            )
        }
        #expect(rows == 400 && letters == 0)
        for store in stores { await store.close() }
    }

    @Test func aDeletionTakesChatAndMessagesAndIsNoErrorTwice() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let (id, other) = (journal.newSession(), journal.newSession())
        journal.create(id, name: "Session 9")
        journal.append(id, version: 2, first: 1, count: 3)
        var cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        journal.delete(id)
        journal.delete(other)
        let batch = try await store.apply(journal.take(), after: cursor, in: shard0)
        cursor = batch.cursor
        #expect(batch.deadLetters == 0)
        #expect(batch.sessions.map(\.id) == [id, other] && batch.sessions.allSatisfy { $0.status == nil })
        let left = try inspect(folder) { db in
            try ["user_sessions", "chats", "chat_message_documents"].map {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)")
            }
        }
        #expect(left == [0, 0, 0])
        #expect(try await store.highestSessionNumber(of: user7) == 9)
        await store.close()
    }

    @Test func activityGoesForwardOnlyAndNamesWhatIsMissing() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let (id, missing) = (journal.newSession(), journal.newSession())
        journal.create(id)
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        func activity() async throws -> Int64? {
            try await store.session(id, of: nil, messages: 0)?.session.lastActivityAt.milliseconds
        }
        let start = try #require(try await activity())
        for (mark, expected) in [(start + 10, start + 10), (start + 5, start + 10)] {
            let unknown = try await store.record(
                [
                    SessionActivity(session: id, lastActivityAt: Timestamp(milliseconds: mark)),
                    SessionActivity(session: missing, lastActivityAt: Timestamp(milliseconds: mark)),
                ], in: shard0)
            #expect(unknown.missing == [missing])
            #expect(try await activity() == expected)
        }
        await store.close()
    }

    @Test func whoseTermIsOverWritesNothing() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        let entries = journal.take()
        let first = try await store.takeOver(shard0).term, second = try await store.takeOver(shard0).term
        let before = try dump(folder)
        let line = HotLine(admission: "late", since: .zero)
        await #expect(throws: DurableError.cursorMoved) {
            try await store.apply(entries, after: .zero, term: first, in: shard0)
        }
        await #expect(throws: DurableError.cursorMoved) { try await store.record([], term: first, in: shard0) }
        await #expect(throws: DurableError.cursorMoved) {
            try await store.rewrite([.session(id): .none], of: shard0, at: .zero, seen: .zero, term: first)
        }
        await #expect(throws: DurableError.cursorMoved) { try await store.admit(line, term: first, in: shard0) }
        await #expect(throws: DurableError.cursorMoved) {
            try await store.lose(after: .zero, until: .last, term: first, in: shard0)
        }
        #expect(try dump(folder) == before)
        _ = try await store.apply(entries, after: .zero, term: second, in: shard0)
        #expect(try await store.session(id, of: nil, messages: 0) != nil)
        await store.close()
    }
}
