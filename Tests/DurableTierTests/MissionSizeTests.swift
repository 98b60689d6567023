import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct MissionSizeTests {
    let folder = TemporaryFolder()

    @Test func theLargestMissionIsWrittenReadAndDeletedWhole() async throws {
        // Of a program that is not optimized.
        var limits = DurableLimits()
        limits.readMilliseconds = 10_000
        let store = try await openStore(in: folder, limits: limits)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "large")
        for _ in 0..<MissionLimits.hops {
            let hop = plan.addHop()
            for _ in 0..<60 { plan.addStep(to: hop) }
        }
        for index in 0..<MissionLimits.assets { plan.addAsset(content: "\(index)") }
        plan.write(to: &journal)
        let entries = journal.take()
        let cursor = try await store.apply(entries, after: .zero, in: shard0).cursor
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree.sorted == (try plan.tree(logID: cursor).sorted))
        #expect(found.contents == plan.expectedContents)
        plan.discard(to: &journal)
        #expect(try await store.apply(journal.take(), after: cursor, in: shard0).deadLetters == 0)
        #expect(try dump(folder).count { $0.contains("kettle") } == 0)
        await store.close()
    }
}
