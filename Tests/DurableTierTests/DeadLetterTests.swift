import DurableTier
import GRDB
import SessionCore
import SessionModel
import Testing

@Suite struct DeadLetterTests {
    let folder = TemporaryFolder()

    /// Each puts a bad entry for `id`, which exists at version 2 with one message.
    static let faults: [(String, @Sendable (inout Journal, SessionID) -> Void)] = [
        ("unknown operation", { $0.update($1, version: 3, move: "explode", []) }),
        ("no field op", { journal, _ in journal.add([("at", "1")]) }),
        ("unknown field \"colour\"", { $0.update($1, version: 3, [("colour", "red")]) }),
        ("unknown status", { $0.update($1, version: 3, [("status", "lost")]) }),
        (
            "name is not UTF-8",
            { journal, id in
                journal.add(
                    raw: journal.common("use", id, "7", version: 3).map { .init(name: $0.0, value: Array($0.1.utf8)) }
                        + [.init(name: "name", value: [0xff, 0xfe])])
            }
        ),
        ("there is no such session", { journal, _ in journal.append(journal.newSession(), version: 2, first: 1) }),
        ("the session exists already", { $0.create($1) }),
        ("the session is another user's", { $0.append($1, "8", version: 3, first: 2) }),
        ("the session is another user's", { $0.delete($1, "8") }),
        ("version 4 doesn't follow on 2", { $0.append($1, version: 4, first: 2) }),
        ("version 2 doesn't follow on 2", { $0.append($1, version: 2, first: 2) }),
        ("message 3 doesn't follow on 1", { $0.append($1, version: 3, first: 3) }),
        ("message 1 doesn't follow on 1", { $0.append($1, version: 3, first: 1) }),
        (
            "message 2 is not JSON",
            { $0.add($0.common("append", $1, "7", version: 3) + [("first", "2"), ("m", #"{"id":"#)]) }
        ),
        (
            "message 2 is not JSON",
            { $0.add($0.common("append", $1, "7", version: 3) + [("first", "2"), ("m", "{}\u{0}{}")]) }
        ),
        (
            "the session belongs to another shard",
            { journal, _ in journal.create(Journal(shard: Shard(number: 3)).newSession()) }
        ),
    ]

    @Test(arguments: faults.indices)
    func anEntryThatCannotBeAppliedIsSetAsideAndItsNeighboursAreNot(_ index: Int) async throws {
        let (reason, fault) = Self.faults[index]
        let store = try await openStore(in: folder)
        var journal = Journal()
        let (id, neighbour) = (journal.newSession(), journal.newSession())
        journal.create(id)
        journal.append(id, version: 2, first: 1)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor

        journal.create(neighbour)
        fault(&journal, id)
        journal.append(neighbour, version: 2, first: 1)
        journal.append(id, version: 3, first: 2)
        let entries = journal.take()
        let bad = entries[1]
        let batch = try await store.apply(entries, after: cursor, in: shard0)
        #expect(batch.deadLetters == 1)
        #expect(batch.cursor == entries.last?.id)
        #expect(try await store.cursor(of: shard0) == entries.last?.id)
        #expect(Set(batch.sessions.map(\.id)) == [id, neighbour])
        #expect(try await store.session(neighbour, of: user7, messages: 5)?.messages.count == 1)
        #expect(try await store.session(id, of: user7, messages: 5)?.messages.count == 2)
        let letter = try #require(
            try inspect(folder) { try Row.fetchOne($0, sql: "SELECT * FROM dead_letters") })
        #expect(letter["error"] == reason)
        #expect(letter["log_id"] == bad.id.description)
        let created: Int64 = letter["created_at"]
        #expect(created > Journal.start - 400 * 86_400_000)
        let kept: String = letter["entry"]
        let tape = try JSONTape(Array(kept.utf8))
        #expect(tape.root.elements.map { Array($0.elements)[0].string } == bad.fields.map(\.name))
        for (pair, field) in zip(tape.root.elements, bad.fields) {
            let value = Array(pair.elements)[1]
            #expect(value.string == String(validating: field.value, as: UTF8.self))
            if value.string == nil { #expect(value["base64"]?.string == "//4=") }
        }
        await store.close()
    }

    @Test func whatComesBehindABadEntryOfASessionIsSetAsideTooButTheSessionCanStillGo() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.update(id, version: 2, [("colour", "red")])
        journal.append(id, version: 3, first: 1)
        journal.append(id, version: 4, first: 2)
        let first = try await store.apply(journal.take(), after: .zero, in: shard0)
        #expect(first.deadLetters == 3)
        #expect(try await store.session(id, of: user7, messages: 5)?.session.version == 1)
        journal.delete(id)
        let second = try await store.apply(journal.take(), after: first.cursor, in: shard0)
        #expect(second.deadLetters == 0)
        #expect(try await store.session(id, of: user7, messages: 5) == nil)
        await store.close()
    }
}
