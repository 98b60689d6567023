import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct MissionListingTests {
    let folder = TemporaryFolder()

    /// Missions of user 7, four changed at a time, and one of somebody else.
    private func store(missions count: Int) async throws -> (SQLiteStore, [MissionModel]) {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plans: [MissionModel] = []
        for index in 0..<count {
            var plan = MissionModel(journal.newMission(), name: "mission \(index)")
            plan.mission.status = index % 2 == 0 ? .inProgress : .completed
            plan.mission.updatedAt = Timestamp(milliseconds: Journal.start + Int64(index / 4))
            plan.mission.sealedMetadata = [UInt8(index)]
            plan.addHop()
            journal.mission("mission", plan.id, version: 1, plan.takeParts())
            plans.append(plan)
        }
        var other = MissionModel(journal.newMission(), try #require(UserID("8")), name: "theirs")
        other.write(to: &journal)
        #expect(try await store.apply(journal.take(), after: .zero, in: shard0).deadLetters == 0)
        let sorted = plans.sorted {
            Place(id: $0.id, time: $0.mission.updatedAt).comesBefore(Place(id: $1.id, time: $1.mission.updatedAt))
        }
        return (store, sorted)
    }

    @Test func pagesSkipAndRepeatNothingWhateverIsLeftOut() async throws {
        let (store, sorted) = try await store(missions: 60)
        for status in [nil, MissionStatus.completed] {
            for stride in [3, 100] {
                let excluded = sorted.enumerated().filter { $0.offset % stride == 1 }.map(\.element.id)
                let expected = sorted.filter {
                    !excluded.contains($0.id) && (status == nil || $0.mission.status == status)
                }
                var pages: [MissionSummary] = []
                while true {
                    let page = try await store.missions(
                        .init(userID: user7, status: status, excluding: excluded, after: pages.last?.place, limit: 7))
                    #expect(page.total == expected.count)
                    if page.missions.isEmpty { break }
                    pages += page.missions
                }
                #expect(pages.map(\.mission) == expected.map(\.mission))
                #expect(pages.allSatisfy { $0.version == 1 && $0.id == $0.mission.id })
            }
        }
        await store.close()
    }

    @Test func aMissionThatChangesComesFirst() async throws {
        let (store, sorted) = try await store(missions: 8)
        var journal = Journal()
        for _ in 0..<20 { journal.delete(journal.newSession()) }
        _ = journal.take()
        var plan = try #require(sorted.last)
        plan.write(to: &journal)
        let cursor = try await store.cursor(of: shard0)
        #expect(try await store.apply(journal.take(), after: cursor, in: shard0).deadLetters == 0)
        let list = try await store.missions(.init(userID: user7, status: nil, excluding: [], after: nil, limit: 1))
        #expect(list.total == 8 && list.missions.map(\.mission) == [plan.mission] && list.missions[0].version == 2)
        await store.close()
    }

    @Test func aListIsOneWalkAlongItsIndexWithoutSorting() async throws {
        let (store, _) = try await store(missions: 1)
        for status in ["", "AND status = ''"] {
            let detail = try inspect(folder) { db in
                try String.fetchAll(
                    db,
                    sql: """
                        EXPLAIN QUERY PLAN SELECT id, updated_at FROM missions WHERE user_id = '' \(status)
                        ORDER BY updated_at DESC, id DESC
                        """, adapter: SuffixRowAdapter(fromIndex: 3))
            }
            #expect(detail.count == 1 && detail[0].contains("COVERING INDEX missions_by_change"))
        }
        await store.close()
    }

    @Test func moreThanTheBoundCannotBeLeftOut() async throws {
        var limits = DurableLimits()
        limits.excludedRows = 2
        let store = try await openStore(in: folder, limits: limits)
        let journal = Journal()
        var excluded = [journal.newMission(), journal.newMission()]
        let list = try await store.missions(
            .init(userID: user7, status: nil, excluding: excluded, after: nil, limit: 1))
        #expect(list.total == 0)
        excluded.append(journal.newMission())
        await #expect(throws: DurableError.failed("a listing that leaves out over 2 rows")) {
            try await store.missions(.init(userID: user7, status: nil, excluding: excluded, after: nil, limit: 1))
        }
        await store.close()
    }
}
