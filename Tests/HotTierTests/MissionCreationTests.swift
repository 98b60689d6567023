import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// What a new mission leaves: its hash, the log's entry, its place among the unsettled, and its contents.
@Suite(.timeLimit(.minutes(1))) struct MissionCreationTests {
    @Test(arguments: [1, 16]) func aMissionAloneIsWholeInEveryKey(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            var creation = bench.newMission(details: "some  details ")
            let asset: AssetID = bench.newID()
            creation.parts[.asset(asset)] = bench.asset(asset, of: creation.id)
            creation.parts[.content(asset)] = Array("[1.0]".utf8)
            let made = try bench.done(try await bench.store.create(creation))
            #expect(made.id == creation.id && made.version == 1 && made.at == creation.at)
            #expect(made.details == "some  details ")

            var expected = [
                "user_id": bench.user.text, "version": "1", "log_id": made.logID.description, "session_id": "",
            ]
            for (part, document) in creation.parts { expected[part.name] = String(decoding: document, as: UTF8.self) }
            #expect(try bench.hash(bench.keys.mission(made.id)) == expected)
            #expect(
                expected.keys.sorted() == ["asset:\(asset)", "content:\(asset)"] + ["log_id", "mission"] + [
                    "session_id", "user_id", "version",
                ])
            #expect(try bench.ttl(bench.keys.mission(made.id)) == -1, "not flushed")
            #expect(try bench.score(bench.keys.missions(bench.user), made.id) == Int(creation.at.milliseconds))

            guard case .mission(let change) = try Change(try #require(try await bench.entries().last)) else {
                throw TestingError("no mission's entry")
            }
            #expect(change.kind == .creation && change.id == made.id && change.userID == bench.user)
            #expect(change.version == 1 && change.parts == creation.parts)
            #expect(try await bench.newestMission().id == made.logID)

            let tree = try await bench.tree(made.id)
            #expect(tree.userID == bench.user && tree.version == 1 && tree.logID == made.logID)
            #expect(tree.sessionID == nil && tree.mission == creation.parts[.mission])
            #expect(tree.assets.map(\.document) == [bench.asset(asset, of: made.id)])
        }
    }

    @Test(arguments: SessionStatus.allCases.filter(SessionMove.use.from.contains), [1, 16])
    func aMissionAndItsLinkAreOneAtom(_ status: SessionStatus, _ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.session(status)
            if status != .active { try await bench.flush([bench.settled(id, status)]) }
            let version = try await bench.loaded(id).version
            let creation = bench.newMission(in: id)
            let made = try bench.done(try await bench.store.create(creation))
            let session = try await bench.loaded(id)
            #expect(session.missionID == made.id && session.status == .active)
            #expect(session.version == version + 1 && session.logID == made.logID)
            try bench.expectIndexes(id, .active)
            try await bench.expectMission(made.id, in: id, at: made.logID)

            let (entry, change) = try await bench.newest()
            #expect(entry == made.logID && change.version == version + 1)
            #expect(change.missionID == .some(made.id))
            #expect(change.status == (status == .active ? nil : .active))
            let mission = try #require(change.mission)
            #expect(mission.kind == .creation && mission.id == made.id && mission.userID == bench.user)
            #expect(mission.version == 1 && mission.parts == creation.parts)
            #expect(change.at == session.updatedAt && change.lastActivityAt == session.lastActivityAt)
        }
    }

    @Test func aNewMissionUnlinksTheOneBefore() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let first = try await bench.mission(in: id)
            try await bench.flush([bench.settled(id, .active)], missions: [first])
            try bench.server.command("PEXPIRE", bench.keys.mission(first), "60000")
            try await bench.refused(.linked(first)) { try await bench.store.create(bench.newMission(in: id)) }
            let second = try bench.done(
                try await bench.store.create(bench.newMission(in: id, linked: KnownLink(mission: first))))
            try await bench.expectMission(second.id, in: id, at: second.logID)
            try await bench.expectMission(first, in: nil, at: second.logID)
            #expect(try await bench.tree(first).version == 1, "a link is no change of the mission")
            #expect(try await bench.newest().change.missionID == .some(second.id))
            let entry = try #require(try await bench.entries().last)
            #expect(entry.fields.contains { $0.name == "unlinked" && $0.value == Array(first.description.utf8) })
        }
    }

    // MARK: contents

    @Test(arguments: [1, 16]) func aLargeContentIsReadFromTheLogUntilItIsCold(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let most = MissionLimits.hotContentBytes
            let small: AssetID = bench.newID(), large: AssetID = bench.newID(), none: AssetID = bench.newID()
            var creation = bench.newMission()
            for asset in [small, large, none] { creation.parts[.asset(asset)] = bench.asset(asset, of: creation.id) }
            creation.parts[.content(small)] = HotBench.content(most)
            creation.parts[.content(large)] = HotBench.content(most + 1)
            let made = try bench.done(try await bench.store.create(creation))
            let fields = try bench.hash(bench.keys.mission(made.id))
            #expect(fields["content:\(small)"]?.utf8.count == most)
            #expect(fields["content:\(large)"] == "@\(made.logID)")
            func expectSmall() async throws {
                #expect(try await bench.content(small, in: made.id) == .here(HotBench.content(most)))
                #expect(try await bench.content(none, in: made.id) == .none)
                #expect(try await bench.content(bench.newID(), in: made.id) == .none)
            }
            try await expectSmall()
            #expect(try await bench.content(large, in: made.id) == .here(HotBench.content(most + 1)))
            try await bench.refused(.miss) {
                try await bench.store.content(of: large, in: bench.newID(), of: bench.user)
            }
            let neighbour = try bench.neighbour()
            try await bench.refused(.miss) { try await bench.store.content(of: large, in: made.id, of: neighbour) }

            try await bench.flush([], missions: [made.id])
            try await expectSmall()
            #expect(try await bench.content(large, in: made.id) == .cold, "SQLite has it")
            try bench.server.command("DEL", bench.keys.mission(made.id))
            try await bench.refused(.miss) { try await bench.store.content(of: large, in: made.id, of: bench.user) }
        }
    }

    @Test func aContentsSizeDecidesAnewWithEachChange() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            let asset: AssetID = bench.newID()
            let large = HotBench.content(5000), larger = HotBench.content(6000, "d"), small = HotBench.content(9)
            for (version, content) in zip(Int64(1)..., [small, large, larger, small, [], large]) {
                let made = try bench.done(
                    try await bench.store.amend(
                        bench.amendment(
                            id, upon: version, [.asset(asset): bench.asset(asset, of: id), .content(asset): content])))
                let kept = try bench.hash(bench.keys.mission(id))["content:\(asset)"]
                switch content.count {
                case 0: #expect(kept == nil)
                case ...MissionLimits.hotContentBytes: #expect(kept == String(decoding: content, as: UTF8.self))
                default: #expect(kept == "@\(made.logID)")
                }
                #expect(try await bench.content(asset, in: id) == (content.isEmpty ? .none : .here(content)))
            }
            // A change of the document alone leaves the content where it is.
            _ = try bench.done(try await bench.store.amend(bench.amendment(id, upon: 7)))
            #expect(try await bench.content(asset, in: id) == .here(large))
        }
    }
}
