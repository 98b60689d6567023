import SessionModel
import Testing

@testable import SessionCore

/// What a person gets back for each part: the answer to a write is what a read then says.
@Suite(.timeLimit(.minutes(1))) struct MissionAnswerTests {
    private let bench: MissionBench
    private let metadata = Array(#"{ "secret" : "\u00e9" }"#.utf8)

    init() throws {
        bench = try MissionBench()
        bench.makeHot()
    }

    private func expectEqual(_ one: OpenDocument, _ other: OpenDocument) {
        #expect(one.head.elementsEqual(other.head))
        #expect(one.metadata == other.metadata)
    }

    @Test func aHopIsAnsweredAsItIsReadAndItsMetadataIsHidden() async throws {
        _ = try await bench.missions.move(bench.hop, of: bench.id, user: bench.user, to: .failed, condition: .any)
        var new = NewHop()
        (new.name, new.goal, new.metadata) = ("next", "goal", metadata)
        for key in ["k", "k"] {
            let written = try await bench.missions.add(
                new, to: bench.id, user: bench.user, condition: .any,
                idempotency: Idempotency(keyHash: key, bodyHash: "b"))
            let read = try await bench.missions.hop(written.value.id, of: bench.id, user: bench.user)
            expectEqual(written.value.hop, read.value.hop)
            #expect(read.value.hop.metadata == metadata)
            #expect(written.version == read.version)
        }
        let kept = try #require(bench.kept?.hops.last)
        #expect(kept.sequence == 2 && kept.status == .planProposed, "it came with its plan")
        let envelope = try #require(try Hop(document: kept.document).sealedMetadata)
        #expect(!String(decoding: kept.document + envelope, as: UTF8.self).contains("secret"))
    }

    @Test func aMissionsMetadataIsReplacedOrKept() async throws {
        var replacement = MissionReplacement()
        replacement.metadata = metadata
        let first = try await bench.missions.replace(
            bench.id, user: bench.user, with: replacement, condition: .any)
        #expect(first.value.mission.metadata == metadata)
        (replacement.metadata, replacement.name) = (nil, "other")
        let second = try await bench.missions.replace(
            bench.id, user: bench.user, with: replacement, condition: .any)
        #expect(second.value.mission.metadata == metadata)
        replacement.metadata = Array("{}".utf8)
        let third = try await bench.missions.replace(
            bench.id, user: bench.user, with: replacement, condition: .any)
        #expect(third.value.mission.metadata == Array("{}".utf8))
        #expect(try Mission(document: try #require(bench.kept?.mission)).sealedMetadata == nil)
        #expect([first.version, second.version, third.version] == [2, 3, 4])
    }

    @Test func anAssetIsAnsweredAsItIsReadWithItsContent() async throws {
        var new = NewAsset()
        (new.name, new.metadata, new.content) = ("a", metadata, Array("[1]".utf8))
        new.scope = .hop(bench.hop)
        let written = try await bench.missions.add(
            new, to: bench.id, user: bench.user, condition: .any, idempotency: nil)
        let id = written.value.asset.entry.id
        let read = try await bench.missions.asset(id, of: bench.id, user: bench.user)
        expectEqual(written.value.asset.asset, read.value.asset.asset)
        #expect(read.value.content == Array("[1]".utf8))
        #expect(written.value.content == read.value.content)

        var replacement = AssetReplacement()
        replacement.name = "b"
        let renamed = try await bench.missions.replace(
            id, of: bench.id, user: bench.user, with: replacement, condition: .any)
        #expect(renamed.value.content == Array("[1]".utf8), "the answer has the content that stayed")
        replacement.content = .some(nil)
        let emptied = try await bench.missions.replace(
            id, of: bench.id, user: bench.user, with: replacement, condition: .any)
        #expect(emptied.value.content == .some(nil))
        #expect(try await bench.missions.asset(id, of: bench.id, user: bench.user).value.content == .some(nil))
        let hop = try await bench.missions.hop(bench.hop, of: bench.id, user: bench.user)
        #expect(hop.value.assets.map(\.id) == [id], "and not the mission's own")
    }

    @Test func aContentThatIsNotHotComesFromSQLite() async throws {
        bench.hot.state.withLock { $0.missions.contents[bench.asset] = .cold }
        bench.store.state.withLock { $0.contents[bench.asset] = Array("7".utf8) }
        let read = try await bench.missions.asset(bench.asset, of: bench.id, user: bench.user)
        #expect((read.value.content, read.source) == (Array("7".utf8), .loaded))
    }

    @Test func aStepIsAnsweredAsItIsRead() async throws {
        let step = bench.steps[0]
        let written = try await bench.missions.move(
            step, of: bench.hop, in: bench.id, user: bench.user, to: .executing, condition: .any)
        let read = try await bench.missions.step(step, of: bench.hop, in: bench.id, user: bench.user)
        #expect(written.value == read.value && read.value.status == .executing)
        await #expect(throws: SessionError.notFound) {
            try await bench.missions.step(step, of: FakePlan.id(900), in: bench.id, user: bench.user)
        }
    }

    @Test func everyPartStandsWhereItBelongs() async throws {
        let view = try await bench.missions.load(bench.id, user: bench.user)
        #expect(view.value.hops.map(\.id) == [bench.hop])
        #expect(view.value.hops.first?.steps.map(\.id) == bench.steps)
        #expect(view.value.hops.first?.assets.isEmpty == true)
        #expect(view.value.assets.map(\.entry.id) == [bench.asset])
        _ = try await bench.missions.remove(bench.hop, of: bench.id, user: bench.user, condition: .any)
        _ = try await bench.missions.remove(bench.asset, of: bench.id, user: bench.user, condition: .any)
        let bare = try await bench.missions.load(bench.id, user: bench.user)
        #expect(bare.value.hops.isEmpty && bare.value.assets.isEmpty && bare.version == 3)
    }
}
