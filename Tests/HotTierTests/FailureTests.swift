import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// When Redis itself refuses: nothing of a mutation happens.
@Suite(.timeLimit(.minutes(1))) struct FailureTests {
    /// Every mutation that writes to the log, on sessions that would let it through.
    private struct Mutations {
        let all: [(name: String, step: () async throws -> Bool)]

        init(_ bench: HotBench) async throws {
            let active = try await bench.session(), other = try await bench.session()
            let due = try await bench.session(), retired = try await bench.session(.abandoned)
            let planned = try await bench.session(), linking = try await bench.session()
            let owner = try await bench.session()
            let linked = try await bench.mission(in: owner), alone = try await bench.mission()
            let amended = try await bench.mission()
            try bench.makeDue(due)
            try bench.server.command("ZADD", bench.keys.abandoned, "1", retired.description)
            let store = bench.store, creation = bench.creation(key: HotBench.key("c"))
            all = [
                ("create", { try await store.create(creation).isDone }),
                ("append", { try await store.append(bench.append(active, 3, key: HotBench.key("d"))).isDone }),
                ("update", { try await store.update(bench.update(active, .complete, name: "y")).isDone }),
                ("delete", { try await store.delete(bench.deletion(other)).isDone }),
                ("abandon", { try await store.abandon(due).isDone }),
                ("retire", { try await store.retire(retired).isDone }),
                ("mission", { try await store.create(bench.newMission(in: planned)).isDone }),
                ("mission alone", { try await store.create(bench.newMission()).isDone }),
                ("amend", { try await store.amend(bench.amendment(amended)).isDone }),
                ("link", { try await store.update(bench.update(linking, mission: .link(amended))).isDone }),
                ("discard", { try await store.discard(bench.deletion(linked, in: owner)).isDone }),
                ("discard alone", { try await store.discard(bench.deletion(alone)).isDone }),
            ]
        }
    }

    private static func isBroken(_ error: HotError) -> Bool {
        if case .broken = error { true } else { false }
    }

    private static func isUnavailable(_ error: HotError) -> Bool {
        if case .unavailable = error { true } else { false }
    }

    @Test func aLogOfTheWrongTypeChangesNothing() async throws {
        try await withHotTier { bench in
            let mutations = try await Mutations(bench)
            try bench.server.command("DEL", bench.keys.log)
            try bench.server.command("SET", bench.keys.log, "no stream")
            for mutation in mutations.all {
                try await bench.thrown(Self.isBroken) { _ = try await mutation.step() }
            }
            try bench.server.command("DEL", bench.keys.log)
        }
    }

    @Test func anExhaustedLogChangesNothing() async throws {
        try await withHotTier { bench in
            let mutations = try await Mutations(bench)
            let last = UInt64.max
            try bench.server.command("XADD", bench.keys.log, "\(last)-\(last)", "op", "x")
            for mutation in mutations.all {
                try await bench.thrown(Self.isBroken) { _ = try await mutation.step() }
            }
        }
    }

    @Test func atFullMemoryNothingIsWrittenAndMemoryCanBeFreed() async throws {
        let server = try await RedisServer.start(RedisServer.Options(["appendonly": "no"]))
        defer { server.kill() }
        var options = HotBenchOptions()
        options.server = server
        options.lifecycle.hotWindow = 1
        try await withHotTier(options) { bench in
            let mutations = try await Mutations(bench)
            let chat = try await bench.session()
            _ = try bench.done(try await bench.store.append(bench.append(chat, 5)))
            let deleted = try await bench.session()
            _ = try bench.done(
                try await bench.store.delete(SessionDeletion(session: deleted, userID: bench.user, condition: .any)))
            let completed = try await bench.session(.completed)
            _ = try bench.done(try await bench.store.touch(chat, of: bench.user))
            let marks = try await bench.log.touched(bench.shard, offset: 0, limit: 9)
            let cold = try bench.done(try await bench.store.load(chat, of: bench.user, messages: 5, touching: false))
            try server.command("CONFIG", "SET", "maxmemory", "1mb")

            for mutation in mutations.all {
                try await bench.thrown(Self.isUnavailable) { _ = try await mutation.step() }
            }
            try await bench.thrown(Self.isUnavailable) { _ = try await bench.store.touch(chat, of: bench.user) }
            var session = cold.session
            session.id = bench.newID()
            try await bench.thrown(Self.isUnavailable) { [session] in
                _ = try await bench.store.hydrate(
                    DurableSession(session: session, messages: []), readAt: Timestamp(milliseconds: try bench.now()))
            }

            // What frees memory works, and what keeps the flusher going.
            #expect(try await bench.log.lease(bench.shard, owner: "one", milliseconds: 60_000))
            try await bench.log.recorded(marks, mark: 1, in: bench.shard)
            #expect(try await bench.log.touched(bench.shard, offset: 0, limit: 9).isEmpty)
            try await bench.flush([
                bench.settled(chat, .active, messages: 5), bench.settled(deleted, nil),
                bench.settled(completed, .completed),
            ])
            #expect(try await bench.entries().isEmpty)
            #expect(try bench.server.command("LLEN", bench.keys.messages(chat)).int == 1)
            #expect(try bench.ttl(bench.keys.gone(deleted)) > 0)
            #expect(try bench.ttl(bench.keys.session(completed)) > 0)

            try server.command("CONFIG", "SET", "maxmemory", "256mb")
            for mutation in mutations.all { #expect(try await mutation.step(), "\(mutation.name)") }
        }
    }

    /// durability.md: reads go on.
    @Test func atFullMemoryReadsGoOn() async throws {
        let server = try await RedisServer.start(RedisServer.Options(["appendonly": "no"]))
        defer { server.kill() }
        var options = HotBenchOptions()
        options.server = server
        try await withHotTier(options) { bench in
            let id = try await bench.session()
            _ = try bench.done(try await bench.store.append(bench.append(id, 5)))
            let due = try await bench.session()
            try bench.makeDue(due)
            try server.command("CONFIG", "SET", "maxmemory", "1mb")
            let before = try bench.dump()
            for touching in [false, true] {
                let view = try bench.done(
                    try await bench.store.load(id, of: bench.user, messages: 3, touching: touching))
                #expect(view.session.messageCount == 5 && view.messages.count == 3 && view.messages.firstSequence == 3)
                try await bench.refused(.due) {
                    try await bench.store.load(due, of: bench.user, messages: 3, touching: touching)
                }
                try await bench.refused(.miss) {
                    try await bench.store.load(bench.newID(), of: bench.user, messages: 3, touching: touching)
                }
            }
            let range = try bench.done(try await bench.store.messages(.after(1, limit: 2), of: id, user: bench.user))
            #expect(range.page.count == 2 && range.page.firstSequence == 2)
            #expect(try await bench.store.unsettledSessions(of: bench.user, after: nil, limit: 1).present.count == 2)
            #expect(try await bench.store.sessions([id], of: bench.user).compactMap { $0 }.count == 1)
            #expect(try bench.dump() == before)
            try server.command("CONFIG", "SET", "maxmemory", "256mb")
        }
    }

    @Test func theBacklogIsBoundedInEntries() async throws {
        var options = HotBenchOptions()
        options.writeBehind.maxBacklog = 5
        try await withHotTier(options) { bench in
            for _ in 0..<4 { _ = try await bench.session() }
            let id = try await bench.session()
            try await bench.refused(.backlogFull) { try await bench.store.create(bench.creation()) }
            try await bench.refused(.backlogFull) { try await bench.store.append(bench.append(id)) }
            _ = try bench.done(try await bench.store.touch(id, of: bench.user))
            try await bench.flush([])
            _ = try bench.done(try await bench.store.append(bench.append(id)))
        }
    }

    @Test func withoutAConnectionNothingWasWritten() async throws {
        let server = try await RedisServer.start(RedisServer.Options(["appendonly": "no"]))
        defer { server.kill() }
        var options = HotBenchOptions()
        options.server = server
        try await withHotTier(options) { bench in
            let id = try await bench.session()
            server.kill()
            try await eventually { !bench.redis.isConnected }
            await #expect(throws: HotError.self) { try await bench.store.create(bench.creation()) }
            try await bench.thrownOffline(Self.isUnavailable) {
                _ = try await bench.store.load(id, of: bench.user, messages: 1, touching: true)
            }
            try await server.start()
            try await eventually { bench.redis.isConnected }
            // A Redis that lost everything takes no write.
            try await bench.unreconciled { try await bench.store.create(bench.creation()) }
        }
    }
}
