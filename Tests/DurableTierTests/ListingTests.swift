import DurableTier
import SessionCore
import SessionModel
import Testing

@Suite struct ListingTests {
    let folder = TemporaryFolder()

    /// Sessions of user 7, many with the same time of activity, and one of somebody else.
    private func store(sessions count: Int, statuses: [String]) async throws -> (SQLiteStore, [UserSession]) {
        let store = try await openStore(in: folder)
        var journal = Journal()
        for index in 0..<count {
            let id = journal.newSession()
            journal.add(
                journal.common("create", id, "7", version: 1, activity: Journal.start + Int64(index / 4)) + [
                    ("name", "n"), ("status", statuses[index % statuses.count]),
                ])
        }
        journal.create(journal.newSession(), "8")
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let all = try await store.sessions(
            .init(userID: user7, status: nil, excluding: [], after: nil, limit: count + 9))
        #expect(all.total == count && all.sessions.count == count)
        return (store, all.sessions)
    }

    @Test func pagesSkipAndRepeatNothingWhateverIsLeftOut() async throws {
        let (store, all) = try await store(sessions: 100, statuses: ["active", "archived"])
        let sorted = all.sorted {
            ($0.lastActivityAt, $0.id.description) > ($1.lastActivityAt, $1.id.description)
        }
        #expect(all == sorted)
        for status in [nil, SessionStatus.active] {
            let excluded = all.enumerated().filter { $0.offset % 3 == 0 }.map(\.element.id)
            let expected = sorted.filter { !excluded.contains($0.id) && (status == nil || $0.status == status) }
            var pages: [UserSession] = []
            var after: Place<SessionKind>?
            while true {
                let page = try await store.sessions(
                    .init(userID: user7, status: status, excluding: excluded, after: after, limit: 7))
                #expect(page.total == expected.count)
                guard let last = page.sessions.last else { break }
                pages += page.sessions
                after = Place(id: last.id, time: last.lastActivityAt)
            }
            #expect(pages == expected)
        }
        await store.close()
    }

    @Test func whatIsOlderThanABoundIsNotShownButCounted() async throws {
        let (store, all) = try await store(sessions: 40, statuses: ["active", "archived"])
        let bound = all[20].lastActivityAt
        for after in [nil, all[3]] {
            let place = after.map { Place<SessionKind>(id: $0.id, time: $0.lastActivityAt) }
            let page = try await store.sessions(
                .init(
                    userID: user7, status: nil, excluding: [all[5].id], after: place, notBefore: bound, limit: 50))
            let expected = all.enumerated().filter { index, one in
                index != 5 && one.lastActivityAt >= bound && (after == nil || index > 3)
            }
            #expect(page.sessions == expected.map(\.element) && page.total == 39)
        }
        await store.close()
    }

    @Test func anyNumberOfSessionsUpToTheBoundIsLeftOut() async throws {
        let (store, all) = try await store(sessions: 20, statuses: ["active"])
        var excluded = all.prefix(5).map(\.id)
        let journal = Journal()
        while excluded.count < DurableLimits().excludedRows { excluded.append(journal.newSession()) }
        let page = try await store.sessions(
            .init(userID: user7, status: nil, excluding: excluded, after: nil, limit: 50))
        #expect(page.total == 15 && page.sessions.map(\.id) == all.dropFirst(5).map(\.id))
        excluded.append(journal.newSession())
        await #expect(throws: DurableError.failed("a listing that leaves out over 10000 rows")) {
            try await store.sessions(.init(userID: user7, status: nil, excluding: excluded, after: nil, limit: 50))
        }
        await store.close()
    }
}
