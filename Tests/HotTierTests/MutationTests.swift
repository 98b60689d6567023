import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// What a mutation that happened leaves: the hot state, its time to live, and the log's entry.
@Suite(.timeLimit(.minutes(1))) struct MutationTests {
    @Test(arguments: [1, 16]) func aCreationIsWholeInEveryKey(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let before = try bench.now()
            let creation = bench.creation(name: "n \u{e9} with spaces")
            let made = try bench.done(try await bench.store.create(creation))
            let after = try bench.now()
            #expect(made.id == creation.id)
            #expect(made.name == "n \u{e9} with spaces")
            #expect((before...after).contains(made.createdAt.milliseconds))
            #expect(made.abandonsAt == made.createdAt.adding(milliseconds: bench.abandonAfter))

            let at = String(made.createdAt.milliseconds)
            var fields = try bench.hash(bench.keys.session(made.id))
            #expect(fields.removeValue(forKey: "metadata") != nil)
            #expect(
                fields == [
                    "user_id": bench.user.text, "name": made.name, "status": "active", "mission_id": "", "version": "1",
                    "log_id": made.logID.description, "messages": "0", "created_at": at, "updated_at": at,
                    "last_activity_at": at,
                ])
            #expect(try bench.server.command("HGET", bench.keys.session(made.id), "metadata") == .bulk([1, 0, 255]))
            #expect(
                try bench.server.command("PEXPIRETIME", bench.keys.alive(made.id)).int
                    == Int(made.abandonsAt.milliseconds))
            #expect(try bench.ttl(bench.keys.session(made.id)) == -1)
            for index in [bench.keys.user(bench.user), bench.keys.activity] {
                #expect(try bench.score(index, made.id) == Int(at))
            }
            #expect(try bench.score(bench.keys.touched, made.id) == nil)
            #expect(try !bench.exists(bench.keys.messages(made.id)))

            let (id, change) = try await bench.newest()
            #expect(id == made.logID)
            #expect(change.creates && change.version == 1 && change.id == made.id && change.userID == bench.user)
            #expect(change.at == made.createdAt && change.lastActivityAt == made.createdAt)
            #expect(change.name == made.name && change.status == .active && change.sealedMetadata == [1, 0, 255])
        }
    }

    @Test(arguments: [1, 16]) func anAppendIsWholeInEveryKey(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.session()
            let batch = bench.append(id, 3, content: "a\"\\\n\u{e9}\u{2028}")
            let made = try bench.done(try await bench.store.append(batch))
            #expect(made.ids == batch.messages.map(\.id))
            #expect(made.firstSequence == 1 && made.version == 2)
            let second = try bench.done(try await bench.store.append(bench.append(id)))
            #expect(second.firstSequence == 4 && second.version == 3)
            #expect(second.logID > made.logID)

            let stored = try bench.server.command("LRANGE", bench.keys.messages(id), "0", "-1").strings
            let expected = zip(batch.messages, Int64(1)...).map { message, sequence in
                String(
                    decoding: MessageJSON.document(
                        id: message.id, chat: id.chat, sequence: sequence, at: made.createdAt, role: message.role,
                        content: message.content, metadata: message.metadata), as: UTF8.self)
            }
            #expect(Array(stored.prefix(3)) == expected)
            #expect(stored.count == 4)

            let fields = try bench.hash(bench.keys.session(id))
            let at = String(second.createdAt.milliseconds)
            #expect(fields["messages"] == "4" && fields["version"] == "3" && fields["status"] == "active")
            #expect(fields["log_id"] == second.logID.description)
            #expect(fields["updated_at"] == at && fields["last_activity_at"] == at)
            #expect(
                try bench.server.command("PEXPIRETIME", bench.keys.alive(id)).int
                    == Int(second.createdAt.milliseconds + bench.abandonAfter))
            #expect(try bench.score(bench.keys.activity, id).map { "\($0)" } == at)
            #expect(try bench.score(bench.keys.user(bench.user), id).map { "\($0)" } == at)

            let all = try await bench.entries()
            guard case .session(let first) = try Change(all[1]) else { throw TestingError("no append") }
            #expect(first.messages == expected.map { Array($0.utf8) })
            #expect(first.firstSequence == 1 && first.version == 2 && first.status == nil)
            #expect(try await bench.newest().change.firstSequence == 4)
        }
    }

    /// The script's own dates, against ours: every month, leap years, and the ends of days.
    @Test func theScriptWritesDatesAsWeDo() async throws {
        try await withHotTier { bench in
            var random = SeededGenerator.announced()
            let id = try await bench.session()
            for _ in 0..<40 {
                // A last activity in the future: the hot tier's time never goes back behind it.
                let time = Timestamp(
                    milliseconds: Int64.random(in: 1_900_000_000_000...7_000_000_000_000, using: &random))
                try bench.server.command("HSET", bench.keys.session(id), "last_activity_at", "\(time.milliseconds)")
                let made = try bench.done(try await bench.store.append(bench.append(id)))
                #expect(made.createdAt == time)
                let stored = try bench.server.command("LINDEX", bench.keys.messages(id), "-1").string ?? ""
                #expect(stored.contains("\"created_at\":\"\(time)\",\"updated_at\":\"\(time)\""), "\(stored)")
            }
        }
    }

    @Test(arguments: [1, 16]) func anUpdateChangesWhatItNames(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.session()
            let first = try bench.done(try await bench.store.update(bench.update(id, name: "new")))
            #expect((first.name, first.version, first.status) == ("new", 2, .active))
            #expect(first.sealedMetadata == [1, 0, 255])
            #expect(first.abandonsAt == first.lastActivityAt.adding(milliseconds: bench.abandonAfter))
            var change = try await bench.newest().change
            #expect(
                change.name == "new" && change.status == nil && change.sealedMetadata == nil && change.missionID == nil)

            var update = bench.update(id)
            update.sealedMetadata = []
            let emptied = try bench.done(try await bench.store.update(update))
            #expect(emptied.sealedMetadata == nil && emptied.name == "new" && emptied.version == 3)
            change = try await bench.newest().change
            #expect(change.sealedMetadata == [] && change.name == nil)
            #expect(try await bench.loaded(id) == emptied)
        }
    }

    @Test func everyMoveLeavesTheIndexesRight() async throws {
        try await withHotTier { bench in
            for move in SessionMove.allCases where ![.abandon, .retire].contains(move) {
                for from in SessionStatus.allCases {
                    let id = try await bench.session(from)
                    guard move.from.contains(from) else {
                        try await bench.refused(.status(from)) { try await bench.store.update(bench.update(id, move)) }
                        continue
                    }
                    let session = try bench.done(try await bench.store.update(bench.update(id, move)))
                    #expect(session.status == move.to)
                    try bench.expectIndexes(id, move.to)
                    let change = try await bench.newest().change
                    #expect(change.status == (from == move.to ? nil : move.to))
                }
            }
        }
    }

    @Test(arguments: [1, 16]) func aDeletionLeavesATombstone(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            for status in SessionStatus.allCases {
                let id = try await bench.session(status)
                if status == .active {
                    _ = try bench.done(try await bench.store.append(bench.append(id)))
                    _ = try bench.done(try await bench.store.touch(id, of: bench.user))
                }
                let log = try bench.done(
                    try await bench.store.delete(SessionDeletion(session: id, userID: bench.user, condition: .any)))
                for key: String in [bench.keys.session(id), bench.keys.messages(id), bench.keys.alive(id)] {
                    #expect(try !bench.exists(key))
                }
                for index in [bench.keys.activity, bench.keys.abandoned, bench.keys.touched] {
                    #expect(try bench.score(index, id) == nil)
                }
                #expect(
                    try bench.server.command("GET", bench.keys.gone(id)).string == "\(log) \(bench.user.text)")
                let again = try await bench.store.delete(
                    SessionDeletion(session: id, userID: bench.user, condition: .any))
                #expect(try bench.done(again) == log, "the same deletion again is the one that was")
                #expect(try bench.ttl(bench.keys.gone(id)) == -1, "until it is flushed")
                #expect(try bench.score(bench.keys.user(bench.user), id) != nil)
                guard case .deletion(id, bench.user) = try Change(try #require(try await bench.entries().last)) else {
                    throw TestingError("no deletion in the log")
                }
            }
        }
    }

    @Test func aVersionThatHoldsLetsTheWriteThrough() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            _ = try bench.done(try await bench.store.update(bench.update(id, name: "x", condition: .oneOf([7, 1]))))
            _ = try bench.done(try await bench.store.append(bench.append(id, condition: .oneOf([2]))))
            for version in 3..<12 {
                _ = try bench.done(
                    try await bench.store.update(bench.update(id, name: "x", condition: .oneOf([Int64(version)]))))
            }
            try await bench.refused(.version(12)) {
                try await bench.store.delete(
                    SessionDeletion(session: id, userID: bench.user, condition: .oneOf([1, 2])))
            }
            _ = try bench.done(
                try await bench.store.delete(SessionDeletion(session: id, userID: bench.user, condition: .oneOf([12]))))
        }
    }

    @Test func ofConcurrentConditionalWritesOneHappens() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let done = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let update = bench.update(id, name: "\(number)", condition: .oneOf([1]))
                        if case .done = try await bench.store.update(update) { return true }
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(done == 1)
            #expect(try await bench.loaded(id).version == 2)
        }
    }

    @Test func concurrentAppendsLeaveNoGapAndNothingTwice() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let ranges = try await withThrowingTaskGroup(of: ClosedRange<Int64>.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let count = number % 3 + 1
                        let made = try bench.done(try await bench.store.append(bench.append(id, count)))
                        return made.firstSequence...(made.firstSequence + Int64(count) - 1)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ranges.flatMap { Array($0) }.sorted() == Array(1...Int64(ranges.reduce(0) { $0 + $1.count })))
            let stored = try bench.server.command("LRANGE", bench.keys.messages(id), "0", "-1").strings
            for (text, sequence) in zip(stored, 1...) {
                #expect(
                    try JSONTape(Array(text.utf8)).root["sequence_order"]?.raw.elementsEqual("\(sequence)".utf8) == true
                )
            }
        }
    }

    @Test func eachChangeIsPublished() async throws {
        try await withHotTier { bench in
            let heard = Heard()
            let id = bench.creation()
            let subscriber = bench.subscriber(to: [bench.keys.events(id.id)], heard)
            defer { subscriber.cancel() }
            try await eventually { heard.isConnected }
            _ = try bench.done(try await bench.store.create(id))
            _ = try bench.done(try await bench.store.append(bench.append(id.id, 2)))
            _ = try bench.done(try await bench.store.update(bench.update(id.id, .complete)))
            _ = try bench.done(
                try await bench.store.delete(SessionDeletion(session: id.id, userID: bench.user, condition: .any)))
            try await eventually { heard.messages.count == 4 }
            #expect(
                heard.withoutLogIDs == [
                    #"{"event":"create","version":1}"#, #"{"event":"append","version":2,"messages":2,"log_id":}"#,
                    #"{"event":"complete","version":3,"status":"completed","log_id":}"#, #"{"event":"delete"}"#,
                ])
        }
    }
}
