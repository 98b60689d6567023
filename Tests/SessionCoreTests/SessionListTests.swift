import SessionModel
import SessionTesting
import Testing

@testable import SessionCore

@Suite struct SessionListTests {
    /// Two tiers that disagree as they may: new sessions are only hot, changed ones in both (the hot copy counts),
    /// settled ones only cold, deleted ones still cold.
    private struct Tiers {
        let sessions: Sessions
        /// What a person should see, in order.
        let truth: [UserSession]

        init(user: UserID, using random: inout SeededGenerator) throws {
            let hot = FakeHotStore()
            let store = FakeDurableStore()
            var truth: [UserSession] = []
            for number in 0..<Int.random(in: 0...40, using: &random) {
                // Few different times: ties are the rule.
                var session = UserSession.fake(
                    UInt64(number), user: user, status: SessionStatus.allCases.randomElement(using: &random) ?? .active,
                    lastActivityAt: Int64.random(in: 0...9, using: &random))
                let kind = Int.random(in: 0..<4, using: &random)
                var stale = session
                stale.lastActivityAt = Timestamp(milliseconds: Int64.random(in: 0...9, using: &random))
                stale.status = SessionStatus.allCases.randomElement(using: &random) ?? .active
                if kind != 0 { store.state.withLock { [stale] in $0.sessions[stale.id] = stale } }
                let place = SessionActivity(session: session.id, lastActivityAt: session.lastActivityAt)
                switch kind {
                case 0, 1:
                    hot.state.withLock { [session] in
                        $0.sessions[session.id] = session
                        $0.unsettled.append(place)
                    }
                    truth.append(session)
                case 2:
                    hot.state.withLock {
                        $0.gone.insert(place.session)
                        $0.unsettled.append(place)
                    }
                default:
                    session = stale
                    truth.append(session)
                }
            }
            let stranger = UserSession.fake(1000, user: try #require(UserID("stranger")), lastActivityAt: 5)
            store.state.withLock { $0.sessions[stranger.id] = stranger }
            self.truth = truth.sorted { $0.place.comesBefore($1.place) }
            sessions = try .fake(hot, store)
        }
    }

    @Test func everyWalkShowsEverySessionOnceInOrder() async throws {
        var random = SeededGenerator.announced()
        let user = try #require(UserID("u"))
        for _ in 0..<150 {
            let tiers = try Tiers(user: user, using: &random)
            let status = Bool.random(using: &random) ? SessionStatus.allCases.randomElement(using: &random) : nil
            let expected = tiers.truth.filter { status == nil || $0.status == status }
            let size = Int.random(in: 1...12, using: &random)

            var walked: [UserSession] = []
            var place: SessionActivity?
            repeat {
                let page = try await tiers.sessions.list(
                    user: user, status: status, page: .following(place, limit: size))
                #expect(page.total == expected.count)
                #expect(page.sessions.count == min(size, expected.count - walked.count))
                walked += page.sessions.map(\.session)
                place = page.next
                try #require(walked.count <= expected.count)
            } while place != nil
            #expect(walked == expected)

            var numbered: [UserSession] = []
            for number in 1...(expected.count / size + 1) {
                let page = try await tiers.sessions.list(
                    user: user, status: status, page: .numbered(page: number, size: size))
                #expect(page.total == expected.count)
                #expect((page.next == nil) == (number * size >= expected.count))
                numbered += page.sessions.map(\.session)
            }
            #expect(numbered == expected)
        }
    }

    @Test(arguments: [0, 15, 16, 17, 300]) func theActiveOneIsFoundBehindAnyNumberOfOthers(_ others: Int) async throws {
        var random = SeededGenerator.announced()
        let user = try #require(UserID("u")), hot = FakeHotStore()
        let sessions = try Sessions.fake(hot, FakeDurableStore())
        func add(_ session: UserSession) {
            hot.state.withLock {
                $0.sessions[session.id] = session
                $0.unsettled.append(session.place)
            }
        }
        for number in 0..<others {
            let status = SessionStatus.allCases.filter { $0 != .active }.randomElement(using: &random) ?? .completed
            add(.fake(UInt64(number), user: user, status: status, lastActivityAt: Int64(number + 10)))
        }
        #expect(try await sessions.active(user: user, messages: 0, touching: false) == nil)
        let active = UserSession.fake(1000, user: user, lastActivityAt: 5)
        add(active)
        let found = try await sessions.active(user: user, messages: 0, touching: false)
        #expect(found?.session.session.id == active.id)
    }

    @Test func aPageIsTheWindowThatItSays() {
        func window(_ page: PageRequest<SessionKind>) -> [Int] { [page.window.skip, page.window.limit] }
        #expect(window(.numbered(page: 1, size: 20)) == [0, 20])
        #expect(window(.numbered(page: 3, size: 20)) == [40, 20])
        #expect(window(.following(nil, limit: 7)) == [0, 7])
    }

    @Test func rangesNeverLeaveTheChat() {
        let edges: [Int64] = [.min, -1, 0, 1, 2, 5, 9, 10, 11, 12, .max]
        for last: Int64 in [0, 1, 10] {
            for limit in [1, 3, 100] {
                #expect(
                    Array(MessageRange.newest(limit: limit).bounds(last: last))
                        == Array((1...(last + 1)).dropLast().suffix(limit)))
                for edge in edges {
                    let all = (1...(last + 1)).dropLast()
                    #expect(
                        Array(MessageRange.before(edge, limit: limit).bounds(last: last))
                            == Array(all.filter { $0 < edge }.suffix(limit)))
                    #expect(
                        Array(MessageRange.after(edge, limit: limit).bounds(last: last))
                            == Array(all.filter { $0 > edge }.prefix(limit)))
                }
            }
        }
    }
}
