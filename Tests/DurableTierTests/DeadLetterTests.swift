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
        // What comes behind it for the same session waits; for others it doesn't.
        let isAboutIt = bad.fields.contains { $0.name == "sid" && $0.value == Array(id.description.utf8) }
        #expect(batch.deadLetters == (isAboutIt ? 2 : 1))
        #expect(batch.cursor == entries.last?.id)
        #expect(try await store.cursor(of: shard0) == entries.last?.id)
        #expect(Set(batch.sessions.map(\.id)) == (isAboutIt ? [neighbour] : [id, neighbour]))
        #expect(try await store.session(neighbour, of: user7, messages: 5)?.messages.count == 1)
        #expect(try await store.session(id, of: user7, messages: 5)?.messages.count == (isAboutIt ? 1 : 2))
        if isAboutIt { #expect(try await store.quarantined(of: shard0, limit: 10) == [.session(id)]) }
        let letter = try #require(
            try inspect(folder) { try Row.fetchOne($0, sql: "SELECT * FROM dead_letters ORDER BY number") })
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

    /// No entry brought it, so that a hot tier which loses it would not be found to have lost anything.
    @Test func activityBehindTheLastChangeIsNotWrittenOut() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let (id, unknown) = (journal.newSession(), journal.newSession())
        journal.create(id)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        var hot = try #require(try await store.session(id, of: user7, messages: 0)).session
        hot.version = 2
        hot.updatedAt = hot.updatedAt.adding(milliseconds: 10)
        let change = hot.updatedAt
        hot.lastActivityAt = change.adding(milliseconds: 1000)
        var created = hot
        created.id = unknown
        let outcome = try await store.rewrite(
            [.session(id): .session(hot, messages: []), .session(unknown): .session(created, messages: [])], of: shard0,
            at: cursor, seen: cursor, term: try await store.takeOver(shard0).term)
        #expect(outcome == Rewriting())
        func activity(_ id: SessionID) async throws -> Timestamp? {
            try await store.session(id, of: user7, messages: 0)?.session.lastActivityAt
        }
        #expect(try await activity(id) == change)
        #expect(try await activity(unknown) == change)

        let recorded = change.adding(milliseconds: 500)
        _ = try await store.record(
            [SessionActivity(session: id, lastActivityAt: recorded)], term: try await store.takeOver(shard0).term,
            in: shard0)
        hot.version = 3
        _ = try await store.rewrite(
            [.session(id): .session(hot, messages: [])], of: shard0, at: cursor, seen: cursor,
            term: try await store.takeOver(shard0).term)
        #expect(try await activity(id) == recorded, "what was recorded is not taken back")
        await store.close()
    }

    @Test func aSessionInQuarantineIsWrittenOutWholeFromItsHotCopyAndGoesOn() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.append(id, version: 2, first: 1, count: 3)
        journal.update(id, version: 3, [("colour", "red")])
        journal.append(id, version: 4, first: 4)
        let first = try await store.apply(journal.take(), after: .zero, in: shard0)
        #expect(first.deadLetters == 2)
        #expect(first.sessions.map(\.version) == [2])

        // The hot tier has it at version 5: what brought it there is still in the log.
        journal.append(id, version: 5, first: 5)
        let coming = journal.take()
        var hot = try #require(try await store.session(id, of: user7, messages: 0)).session
        hot.version = 5
        hot.logID = try #require(coming.last).id
        hot.messageCount = 5
        hot.name = "Session 77"
        let copy = HotCopy.session(hot, messages: (2...5).map { Array(Journal.message(id, $0).utf8) })
        let outcome = try await store.heal([.session(id): copy], of: shard0, at: first.cursor)
        #expect(outcome == Rewriting())
        #expect(try await store.quarantined(of: shard0, limit: 10).isEmpty)
        #expect(try await store.takeOver(shard0).newestCopy == hot.logID, "ahead of the log")
        let second = try await store.apply(coming, after: first.cursor, in: shard0)
        #expect(second.deadLetters == 0, "what is in it already is passed over")
        #expect(second.sessions.map(\.version) == [5], "and settled")
        journal.append(id, version: 6, first: 6)
        #expect(try await store.apply(journal.take(), after: second.cursor, in: shard0).deadLetters == 0)
        let found = try #require(try await store.session(id, of: user7, messages: 9))
        #expect(found.session.version == 6 && found.session.name == "Session 77")
        #expect(found.messages == (1...6).map { Array(Journal.message(id, $0).utf8) })
        #expect(try await store.highestSessionNumber(of: user7) == 77)
        let (letters, healed) = try inspect(folder) { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letters"),
                try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letters WHERE healed_at IS NOT NULL")
            )
        }
        #expect(letters == 2 && healed == 2, "they are kept, and marked")
        await store.close()
    }

    @Test func aDeletionWaitsInQuarantineToo() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.update(id, version: 2, [("colour", "red")])
        journal.delete(id)
        let entries = journal.take()
        let deletion = try #require(entries.last).id
        let batch = try await store.apply(Array(entries.dropLast()), after: .zero, in: shard0)
        let copies: [Subject: HotCopy?] = [.session(id): .deletedSession(id, user7, deletion)]
        _ = try await store.heal(copies, of: shard0, at: batch.cursor)
        #expect(try await store.quarantined(of: shard0, limit: 9) == [.session(id)], "its deletion is still to come")
        let last = try await store.apply(Array(entries.suffix(1)), after: batch.cursor, in: shard0)
        #expect(last.deadLetters == 1)
        _ = try await store.rewrite(copies, of: shard0, at: last.cursor, seen: last.cursor)
        #expect(try await store.session(id, of: user7, messages: 5) == nil)
        #expect(try await store.deadLetters(of: shard0) == 0)
        #expect(try await store.quarantined(of: shard0, limit: 9) == [.session(id)], "its tombstone is left")
        _ = try await store.heal([.session(id): .none], of: shard0, at: last.cursor)
        #expect(try await store.quarantined(of: shard0, limit: 9).isEmpty)
        #expect(try await store.takeOver(shard0).newestCopy == .zero, "nothing is ahead of the log")
        await store.close()
    }

    @Test func aDeletionThatTheLogBringsNoMoreIsCarriedOut() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.delete(id)
        let entries = journal.take()
        let deletion = try #require(entries.last).id
        let batch = try await store.apply(Array(entries.dropLast()), after: .zero, in: shard0)
        let copies: [Subject: HotCopy?] = [.session(id): .deletedSession(id, user7, deletion)]
        _ = try await store.rewrite(copies, of: shard0, at: batch.cursor, seen: batch.cursor)
        #expect(try await store.session(id, of: user7, messages: 5) != nil, "the log is still to bring it")
        _ = try await store.rewrite(copies, of: shard0, at: batch.cursor, seen: deletion)
        #expect(try await store.session(id, of: user7, messages: 5) == nil)
        await store.close()
    }

    @Test func whatSQLiteRefusesWholeStaysInQuarantineAndChangesNothing() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let ids = [journal.newSession(), journal.newSession()]
        for id in ids {
            journal.create(id)
            journal.update(id, version: 2, [("colour", "red")])
        }
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        var copies: [Subject: HotCopy?] = [:]
        for (id, message) in zip(ids, [Journal.message(ids[0], 1), "{]"]) {
            var hot = try #require(try await store.session(id, of: user7, messages: 0)).session
            (hot.version, hot.messageCount) = (2, 1)
            copies[.session(id)] = .session(hot, messages: [Array(message.utf8)])
        }
        await #expect(throws: DurableError.cursorMoved) {
            try await store.heal(copies, of: shard0, at: LogID(milliseconds: 1, sequence: 0))
        }
        #expect(try await store.heal(copies, of: shard0, at: cursor).refused == [.session(ids[1])])
        #expect(try await store.quarantined(of: shard0, limit: 9) == [.session(ids[1])])
        #expect(try await store.session(ids[0], of: user7, messages: 5)?.messages.count == 1)
        #expect(try await store.session(ids[1], of: user7, messages: 5)?.session.version == 1)
        await store.close()
    }

    @Test func messagesThatNeitherTierHasAreStoodInForAndTheChatHasNoGap() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.append(id, version: 2, first: 1, count: 2)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        var hot = try #require(try await store.session(id, of: user7, messages: 0)).session
        (hot.version, hot.messageCount) = (9, 8)
        let copy = HotCopy.session(hot, messages: (7...8).map { Array(Journal.message(id, $0).utf8) })
        #expect(try await store.heal([.session(id): copy], of: shard0, at: cursor).lostMessages == 4)
        let found = try #require(try await store.session(id, of: user7, messages: 8))
        #expect(found.messages.count == 8)
        for (index, message) in found.messages.enumerated() {
            let document = try JSONTape(message).root
            #expect(document["sequence_order"].map { Array($0.raw) } == Array("\(index + 1)".utf8))
            #expect((document["message_metadata"]?["lost"] != nil) == (2..<6).contains(index))
        }
        await store.close()
    }

    @Test func firstUsesOfIdempotencyKeysAreKeptUntilTheyExpire() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        let (key, body) = (String(repeating: "a", count: 64), String(repeating: "b", count: 64))
        journal.add(
            journal.common("create", id, "7", version: 1) + [("name", "n"), ("status", "active"), ("metadata", "")]
                + [("idem", "\(key) \(body) \(id) * 1 2 a * name")])
        let entry = try #require(journal.take().first)
        _ = try await store.apply([entry], after: .zero, in: shard0)
        let kept = try #require(try await store.outcome(of: key, user: user7))
        #expect(kept.bodyHash == body && kept.outcome == "\(id) \(entry.id) 1 2 a * name")
        #expect(kept.expiresAt.milliseconds == Int64(entry.id.milliseconds) + LifecyclePolicy.idempotency)
        let other = try #require(UserID("8"))
        #expect(try await store.outcome(of: key, user: other) == nil)
        #expect(try await store.forgetKeys(of: shard0, expiredBefore: kept.expiresAt, limit: 10) == 0)
        #expect(try await store.outcome(of: key, user: user7) != nil)
        let later = kept.expiresAt.adding(milliseconds: 1)
        #expect(try await store.forgetKeys(of: shard0, expiredBefore: later, limit: 10) == 1)
        #expect(try await store.outcome(of: key, user: user7) == nil)
        await store.close()
    }
}

/// What operators order goes through the log, behind what was written before.
@Suite struct OrderTests {
    let folder = TemporaryFolder()

    private func letters() throws -> [Int64] {
        try inspect(folder) { try Int64.fetchAll($0, sql: "SELECT number FROM dead_letters ORDER BY number") }
    }

    @Test func aLetterIsDroppedOrAppliedAfterAllOrItsSubjectWrittenOutAnew() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let (late, hopeless) = (journal.newSession(), journal.newSession())
        journal.create(hopeless)
        journal.append(late, version: 2, first: 1)
        journal.update(hopeless, version: 2, [("colour", "red")])
        journal.append(hopeless, version: 2, first: 9)
        var cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        let numbers = try letters()
        #expect(numbers.count == 3)
        _ = try await store.heal([.session(late): .none, .session(hopeless): .none], of: shard0, at: cursor)
        #expect(try await store.quarantined(of: shard0, limit: 9).isEmpty)
        #expect(try await store.deadLetters(of: shard0) == 3, "nothing has made up for them")

        // What it waited for comes before it after all.
        journal.create(late)
        for number in numbers { journal.add([("op", "retry"), ("letter", "\(number)")]) }
        journal.update(late, version: 3, [("name", "after")])
        let batch = try await store.apply(journal.take(), after: cursor, in: shard0)
        cursor = batch.cursor
        #expect(batch.deadLetters == 0)
        #expect(try await store.quarantined(of: shard0, limit: 9) == [.session(hopeless)])
        #expect(batch.hasQuarantine)
        #expect(try letters().count == 2)
        for number in numbers { journal.add([("op", "drop"), ("letter", "\(number)")]) }
        journal.add([("op", "drop"), ("letter", "99")])
        #expect(try await store.apply(journal.take(), after: cursor, in: shard0).deadLetters == 0)
        #expect(try letters().isEmpty)
        await store.close()
    }

    @Test func aForgottenUserLeavesNothingAndNobodyElseIsTouched() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let (mine, theirs) = (journal.newSession(), journal.newSession())
        let idem = "\(String(repeating: "a", count: 64)) \(String(repeating: "b", count: 64)) \(mine) * 1 2 n"
        for (id, user) in [(mine, "7"), (theirs, "8")] {
            journal.add(
                journal.common("create", id, user, version: 1) + [("name", "Session 3"), ("status", "active")]
                    + [("metadata", ""), ("idem", idem)])
        }
        journal.append(mine, version: 2, first: 1)
        journal.update(mine, version: 3, [("colour", "red")])
        journal.add([("op", "forget"), ("user_id", "7")])
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let left = try inspect(folder) { db in
            try ["user_sessions", "missions", "users", "idempotency_keys", "dead_letters"].map { table in
                try String.fetchAll(db, sql: "SELECT user_id FROM \(table)")
            }
        }
        #expect(left == [["8"], [], ["8"], ["8"], []])
        await store.close()
    }

    @Test func resealedMetadataKeepsTheVersion() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.update(id, version: 2, [("metadata", "old")])
        journal.add([("op", "reseal"), ("sid", "\(id)"), ("user_id", "7"), ("metadata", "new")])
        journal.append(id, version: 3, first: 1)
        journal.add([("op", "reseal"), ("sid", "\(journal.newSession())"), ("user_id", "7"), ("metadata", "new")])
        #expect(try await store.apply(journal.take(), after: .zero, in: shard0).deadLetters == 0)
        let found = try #require(try await store.session(id, of: user7, messages: 9))
        #expect(found.session.version == 3 && found.session.sealedMetadata == Array("new".utf8))
        #expect(found.messages.count == 1)
        await store.close()
    }
}
