import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// A change of a mission happens upon the version that it was worked out upon, or not at all.
@Suite(.timeLimit(.minutes(1))) struct MissionAmendTests {
    @Test(arguments: [1, 16]) func anAmendmentSetsAndRemovesWhatItNames(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.mission()
            try await bench.flush([], missions: [id])
            try bench.expectLingering(bench.keys.mission(id))
            let hops: [HopID] = [bench.newID(), bench.newID()]
            let step: ToolStepID = bench.newID()
            let parts: [MissionPart: [UInt8]] = [
                .hop(hops[0]): bench.hop(hops[0], of: id, sequence: 2),
                .hop(hops[1]): bench.hop(hops[1], of: id, sequence: 1), .step(step): bench.step(step, of: hops[0]),
            ]
            let made = try bench.done(
                try await bench.store.amend(bench.amendment(id, upon: 1, parts, details: "\(hops[0]) 7")))
            #expect(made.id == id && made.version == 2 && made.at == HotBench.missionTime)
            #expect(made.details == "\(hops[0]) 7")
            try await bench.expectMission(id, in: nil, at: made.logID)
            #expect(try bench.score(bench.keys.missions(bench.user), id) == Int(made.at.milliseconds))
            var tree = try await bench.tree(id)
            #expect(tree.version == 2 && tree.hops.map(\.id) == [hops[1], hops[0]] && tree.steps.map(\.id) == [step])
            #expect(tree.mission == bench.document(id), "not named")

            let removed: [MissionPart: [UInt8]] = [
                .hop(hops[0]): [], .step(step): [], .hop(hops[1]): bench.hop(hops[1], of: id, name: "other"),
            ]
            let second = try bench.done(try await bench.store.amend(bench.amendment(id, upon: 2, removed)))
            tree = try await bench.tree(id)
            #expect(tree.version == 3 && tree.logID == second.logID && tree.steps.isEmpty)
            #expect(tree.hops.map(\.document) == [bench.hop(hops[1], of: id, name: "other")])
            #expect(try bench.hash(bench.keys.mission(id)).count == 6)

            let entries = try await bench.entries()
            #expect(entries.map(\.id) == [made.logID, second.logID], "one for each change")
            for (index, (entry, parts)) in zip(entries, [parts, removed]).enumerated() {
                guard case .mission(let change) = try Change(entry) else { throw TestingError("no mission's entry") }
                #expect(change.kind == .amendment && change.id == id && change.userID == bench.user)
                #expect(change.version == Int64(index) + 2 && change.parts == parts)
            }
        }
    }

    /// A hop with all its tool steps and all assets of a mission, which goes, and every other hop moves up.
    @Test func theLargestChangeFitsIntoOneAtom() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            let hop: HopID = bench.newID()
            var parts: [MissionPart: [UInt8]] = [.mission: bench.document(id), .hop(hop): bench.hop(hop, of: id)]
            for sequence in 2...MissionLimits.hops {
                let other: HopID = bench.newID()
                parts[.hop(other)] = bench.hop(other, of: id, sequence: Int64(sequence))
            }
            for sequence in 1...MissionLimits.steps {
                let step: ToolStepID = bench.newID()
                parts[.step(step)] = bench.step(step, of: hop, sequence: Int64(sequence))
            }
            for _ in 0..<MissionLimits.assets {
                let asset: AssetID = bench.newID()
                parts[.asset(asset)] = bench.asset(asset, of: id)
                parts[.content(asset)] = HotBench.content(1000)
            }
            _ = try bench.done(try await bench.store.amend(bench.amendment(id, parts)))
            let tree = try await bench.tree(id)
            #expect(tree.hops.map(\.sequence) == Array(1...Int64(MissionLimits.hops)))
            #expect(tree.steps(of: hop).count == MissionLimits.steps && tree.assets.count == MissionLimits.assets)
            #expect(try await bench.newestMission().change.parts == parts)
            let gone = parts.filter { $0.key != .mission }.mapValues { _ in [UInt8]() }
            _ = try bench.done(try await bench.store.amend(bench.amendment(id, upon: 2, gone)))
            #expect(try await bench.tree(id).byteCount == bench.document(id).count)
        }
    }

    @Test func ofConcurrentChangesThoseThatWereDoneAreInTheMission() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            let before = try await bench.entries().count
            let done = try await withThrowingTaskGroup(of: HopID?.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        // Upon what it sees, and upon what it can't have seen.
                        let seen = number % 3 == 0 ? 1 : try await bench.tree(id).version
                        let hop: HopID = bench.newID()
                        let change = bench.amendment(id, upon: seen, [.hop(hop): bench.hop(hop, of: id)])
                        switch try await bench.store.amend(change) {
                        case .done(let outcome):
                            #expect(outcome.version == seen + 1)
                            return hop
                        case .refused(.version(let version)):
                            #expect(version > seen)
                            return nil
                        case let other:
                            Issue.record("\(other)")
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: [HopID]()) { if let hop = $1 { $0.append(hop) } }
            }
            #expect(!done.isEmpty)
            let tree = try await bench.tree(id)
            #expect(Set(tree.hops.map(\.id)) == Set(done) && tree.version == Int64(done.count) + 1)
            #expect(try await bench.entries().count == before + done.count)
        }
    }

    @Test(arguments: [1, 16]) func aRepeatedChangeIsTheFirst(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.mission()
            let change = bench.amendment(id, key: HotBench.key(), details: "a b  c ")
            let first = try bench.done(try await bench.store.amend(change))
            _ = try bench.done(try await bench.store.amend(bench.amendment(id, upon: 2)))
            func replayed() async throws {
                let before = try bench.dump()
                guard case .replayed(first) = try await bench.store.amend(change) else {
                    throw TestingError("no replay")
                }
                #expect(try bench.dump() == before)
            }
            try await replayed()
            let ttl = try bench.ttl(bench.keys.idempotency(bench.user, HotBench.key().keyHash))
            #expect((1...Int(LifecyclePolicy.idempotency)).contains(ttl))

            let look = try bench.done(try await bench.store.look(at: id, of: bench.user, idempotency: HotBench.key()))
            #expect(look.first == first && look.found.version == 3)
            let prepared = try bench.done(
                try await bench.store.prepare(for: bench.user, idempotency: HotBench.key()))
            #expect(prepared.first == first)
            let now = try bench.now()
            #expect((now - 5000...now).contains(look.now.milliseconds))
            #expect((look.now...Timestamp(milliseconds: now)).contains(prepared.now))
            let other = HotBench.key(body: "c"), unused = HotBench.key("c")
            try await bench.refused(.keyReused) {
                try await bench.store.look(at: id, of: bench.user, idempotency: other)
            }
            try await bench.refused(.keyReused) {
                try await bench.store.prepare(for: bench.user, idempotency: other)
            }
            #expect(
                try bench.done(try await bench.store.look(at: id, of: bench.user, idempotency: unused)).first == nil)
            #expect(try bench.done(try await bench.store.prepare(for: bench.user, idempotency: nil)).first == nil)

            // A replay is an answer, not a write: nothing that refuses writes refuses it.
            bench.gate.set(bench.shard, closed: true)
            try await replayed()
            bench.gate.set(bench.shard, closed: false)
            _ = try bench.done(try await bench.store.discard(bench.deletion(id)))
            try await replayed()
            try bench.server.command("DEL", bench.keys.log)
            try await replayed()
        }
    }

    @Test func aRefusedChangeUsesNoKeyUp() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            try await bench.refused(.version(1)) {
                try await bench.store.amend(bench.amendment(id, upon: 2, key: HotBench.key()))
            }
            _ = try bench.done(try await bench.store.amend(bench.amendment(id, key: HotBench.key())))
        }
    }

    @Test func aMissionsChangesAreHeardByItsSession() async throws {
        try await withHotTier { bench in
            let heard = Heard()
            let session = try await bench.session()
            let subscriber = bench.subscriber(to: [bench.keys.events(session)], heard)
            defer { subscriber.cancel() }
            try await eventually { heard.isConnected }
            let id = try await bench.mission(in: session)
            _ = try bench.done(try await bench.store.amend(bench.amendment(id, in: session)))
            _ = try bench.done(try await bench.store.amend(bench.amendment(id, upon: 2, in: session)))
            _ = try bench.done(try await bench.store.discard(bench.deletion(id, in: session)))
            try await eventually { heard.messages.count == 4 }
            #expect(
                heard.withoutLogIDs == [
                    #"{"event":"use","version":2,"mission_version":1,"log_id":}"#,
                    #"{"event":"mission","mission_version":2,"log_id":}"#,
                    #"{"event":"mission","mission_version":3,"log_id":}"#,
                    #"{"event":"discard","version":3,"mission_version":4,"log_id":}"#,
                ])
        }
    }

    /// Linked or unlinked since it was looked at, it is looked at again: those who follow it now are to hear of it.
    @Test func anAmendmentIsHeardWhereItsMissionIsNow() async throws {
        try await withHotTier { bench in
            let session = try await bench.session()
            let linked = try await bench.mission(in: session), alone = try await bench.mission()
            try await bench.refused(.version(1)) { try await bench.store.amend(bench.amendment(linked)) }
            try await bench.refused(.version(1)) {
                try await bench.store.amend(bench.amendment(linked, in: bench.newID()))
            }
            try await bench.refused(.version(1)) { try await bench.store.amend(bench.amendment(alone, in: session)) }
            _ = try bench.done(try await bench.store.amend(bench.amendment(linked, in: session)))
            _ = try bench.done(try await bench.store.amend(bench.amendment(alone)))
        }
    }
}
