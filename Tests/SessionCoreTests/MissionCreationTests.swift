import SessionModel
import Testing

@testable import SessionCore

/// A mission begins and ends with its session's knowledge, in one atom.
@Suite(.timeLimit(.minutes(1))) struct MissionCreationTests {
    private let bench: MissionBench
    private let session: UserSession
    private var new = NewMission(name: "m", goal: "g", successCriteria: ["a"], metadata: Array(#"{"s":1}"#.utf8))

    init() throws {
        bench = try MissionBench()
        session = .fake(1, user: bench.user)
        for number in 1...3 {
            var asset = NewAsset()
            (asset.name, asset.role) = ("asset \(number)", .output)
            if number == 2 { (asset.content, asset.metadata) = (Array("[2]".utf8), Array(#"{"t":2}"#.utf8)) }
            new.assets.append(asset)
        }
    }

    private func create(
        _ new: NewMission, session: SessionID? = nil, key: String? = nil
    ) async throws(SessionError) -> MissionWritten<OpenMission> {
        try await bench.sessions.createMission(
            new, session: session, user: bench.user, idempotency: key.map { Idempotency(keyHash: $0, bodyHash: "b") })
    }

    @Test func aMissionIsAnsweredAsItIsRead() async throws {
        let written = try await create(new)
        let read = try await bench.missions.load(written.value.id, user: bench.user)
        #expect(written.value.mission.head.elementsEqual(read.value.mission.head))
        #expect(written.value.mission.metadata == read.value.mission.metadata)
        #expect(written.value.assets.map(\.entry.id) == read.value.assets.map(\.entry.id), "in the order given")
        for (made, found) in zip(written.value.assets, read.value.assets) {
            #expect(made.asset.head.elementsEqual(found.asset.head))
            #expect(made.asset.metadata == found.asset.metadata)
        }
        #expect((written.version, written.isReplay, read.version) == (1, false, 1))
        #expect(written.value.id.shard == Shard(number: 0))
        let creation = try #require(bench.hot.state.withLock { $0.missions.creations.first })
        let second = read.value.assets[1].entry.id
        #expect(creation.parts[.content(second)] == Array("[2]".utf8))
        #expect(creation.parts.count == 5)
        #expect(creation.at == Timestamp(milliseconds: 1_000_000), "by the hot tier's clock")
        #expect(!creation.parts.values.contains { String(decoding: $0, as: UTF8.self).contains(#"{"t":2}"#) })
    }

    @Test func aReplayNamesWhatWasMadeFirst() async throws {
        let first = try await create(new, key: "k")
        let again = try await create(new, key: "k")
        #expect(again.isReplay && !first.isReplay)
        #expect(again.value.id == first.value.id && again.write == first.write)
        #expect(again.value.assets.map(\.entry) == first.value.assets.map(\.entry))
        #expect(bench.hot.state.withLock { $0.missions.creations.count } == 1)
    }

    @Test func aSessionThatIsNotHotIsLoadedForItsMission() async throws {
        bench.store.state.withLock { [session] in $0.sessions[session.id] = session }
        let written = try await create(new, session: session.id)
        #expect(written.source == .loaded)
        #expect(bench.hot.state.withLock { $0.sessions[session.id]?.missionID } == written.value.id)
        await #expect(throws: SessionError.notFound) { try await create(new, session: FakePlan.id(77)) }
    }

    @Test func aNewMissionKeepsItsBoundsToo() async throws {
        var full = new
        full.assets = Array(repeating: NewAsset(), count: MissionLimits.assets)
        #expect(try await create(full).value.assets.count == MissionLimits.assets)
        full.assets.append(NewAsset())
        await #expect(throws: SessionError.full("A mission holds at most \(MissionLimits.assets) assets.")) {
            try await create(full)
        }
        var large = NewMission(name: "m")
        large.description = String(repeating: "x", count: MissionLimits.treeBytes)
        await #expect(throws: SessionError.missionTooLarge) { try await create(large) }
        // Contents are no part of it.
        large.description = nil
        var asset = NewAsset()
        asset.content = [UInt8](repeating: UInt8(ascii: "7"), count: MissionLimits.treeBytes)
        large.assets = [asset]
        #expect(try await create(large).version == 1)
    }

    @Test func aMissionGoesAndItsSessionStays() async throws {
        bench.hot.state.withLock { [session] in $0.sessions[session.id] = session }
        let made = try await create(new, session: session.id)
        _ = try await bench.sessions.deleteMission(made.value.id, user: bench.user, condition: .oneOf([1]))
        let deletion = try #require(bench.hot.state.withLock { $0.missions.deletions.first })
        #expect((deletion.session, deletion.condition) == (session.id, .oneOf([1])))
        let kept = try #require(bench.hot.state.withLock { $0.sessions[session.id] })
        #expect(kept.missionID == nil && kept.status == .active)
        await #expect(throws: SessionError.notFound) {
            try await bench.sessions.deleteMission(made.value.id, user: bench.user, condition: .any)
        }
    }

    @Test func whatAMissionsDeletionAsksForFirstIsDone() async throws {
        bench.hot.state.withLock { [session] in $0.sessions[session.id] = session }
        let made = try await create(new, session: session.id)
        bench.store.state.withLock { [session] in $0.sessions[session.id] = session }
        bench.hot.state.withLock { [session] in
            $0.sessions[session.id] = nil
            $0.missions.refusals = [.linkMoved, .missionMiss(made.value.id)]
        }
        _ = try await bench.sessions.deleteMission(made.value.id, user: bench.user, condition: .any)
        #expect(bench.hot.state.withLock { $0.hydrated } == [session.id])
        #expect(bench.hot.state.withLock { $0.missions.trees.isEmpty })
    }

    @Test func aDeletionThatIsRefusedIsSo() async throws {
        bench.makeHot()
        for (refusal, error) in [(HotRefusal.version(4), SessionError.version(4)), (.absent, .notFound)] {
            bench.hot.state.withLock { $0.missions.refusals = [refusal] }
            await #expect(throws: error) {
                try await bench.sessions.deleteMission(bench.id, user: bench.user, condition: .oneOf([3]))
            }
        }
        bench.hot.state.withLock { $0.missions.refusals = Array(repeating: .linkMoved, count: 100) }
        await #expect(throws: SessionError.self) {
            try await bench.sessions.deleteMission(bench.id, user: bench.user, condition: .any)
        }
        #expect(bench.hot.state.withLock { $0.missions.refusals.count } == 100 - Sessions.attempts)
        #expect(bench.kept != nil)
    }
}
