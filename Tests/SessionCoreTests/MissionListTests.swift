import SessionModel
import SessionTesting
import Testing

@testable import SessionCore

@Suite struct MissionListTests {
    /// Two tiers that disagree as they may: changed missions in both (the hot copy counts), settled ones only cold, deleted
    /// ones still cold.
    private struct Tiers {
        let missions: Missions
        let truth: [Mission]

        init(using random: inout SeededGenerator) throws {
            let (hot, store) = (FakeHotStore(), FakeDurableStore())
            var truth: [Mission] = []
            for number in 0..<UInt64.random(in: 0...30, using: &random) {
                func version(_ random: inout SeededGenerator) throws -> FakePlan {
                    var fake = try FakePlan(
                        MissionStatus.allCases.randomElement(using: &random) ?? .failed, number: number + 1)
                    fake.mission.updatedAt = Timestamp(milliseconds: Int64.random(in: 0...9, using: &random))
                    return fake
                }
                let (stale, fresh) = (try version(&random), try version(&random))
                let (old, new) = (try stale.tree(), try fresh.tree())
                let kind = Int.random(in: 0..<4, using: &random)
                if kind != 0 {
                    store.state.withLock { $0.missions[old.id] = DurableMission(tree: old, contents: [:]) }
                }
                if kind == 3 {
                    truth.append(stale.mission)
                    continue
                }
                hot.state.withLock {
                    $0.missions.unsettled.append(Place(id: new.id, time: fresh.mission.updatedAt))
                    if kind != 2 { $0.missions.trees[new.id] = new }
                }
                if kind != 2 { truth.append(fresh.mission) }
            }
            self.truth = truth.sorted { one, other in
                Place(id: one.id, time: one.updatedAt).comesBefore(Place(id: other.id, time: other.updatedAt))
            }
            missions = try Sessions.fake(hot, store).missions
        }
    }

    @Test func everyWalkShowsEveryMissionOnceInOrder() async throws {
        var random = SeededGenerator.announced()
        let user = try #require(UserID("u"))
        for _ in 0..<100 {
            let tiers = try Tiers(using: &random)
            let status = Bool.random(using: &random) ? MissionStatus.allCases.randomElement(using: &random) : nil
            let expected = tiers.truth.filter { status == nil || $0.status == status }.map { $0.document() }
            let size = Int.random(in: 1...9, using: &random)

            var walked: [[UInt8]] = []
            var place: Place<MissionKind>?
            repeat {
                let page = try await tiers.missions.list(
                    user: user, status: status, page: .following(place, limit: size))
                #expect(page.total == expected.count)
                walked += page.missions.map { Array($0.mission.head) + Array(#","mission_metadata":{}}"#.utf8) }
                place = page.next
                try #require(walked.count <= expected.count)
            } while place != nil
            #expect(walked == expected)

            for number in 1...(expected.count / size + 1) {
                let page = try await tiers.missions.list(
                    user: user, status: status, page: .numbered(page: number, size: size))
                #expect(page.missions.count == min(size, max(0, expected.count - (number - 1) * size)))
                #expect((page.next == nil) == (number * size >= expected.count))
            }
        }
    }
}
