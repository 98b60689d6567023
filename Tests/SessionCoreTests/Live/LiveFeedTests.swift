import SessionModel
import Synchronization
import Testing

@testable import SessionCore

@Suite struct LiveFeedTests {
    /// What is listened to.
    private final class Ears: Sendable {
        let names: Mutex<[SessionID]> = Mutex([])
        func listen(_ id: SessionID, _ begins: Bool) {
            names.withLock { if begins { $0.append(id) } else { $0.removeAll { $0 == id } } }
        }
    }

    private let id = SessionID(high: 1, low: 0)
    private let far = Timestamp(milliseconds: 1 << 50)

    private func feed(_ ears: Ears = Ears(), _ change: (inout LiveFeed.Limits) -> Void = { _ in }) -> LiveFeed {
        var limits = LiveFeed.Limits()
        change(&limits)
        return LiveFeed(limits: limits, count: LiveFeed.Count()) { ears.listen($0, $1) }
    }

    private func user(_ name: String = "1") throws -> UserID { try #require(UserID(name)) }

    private func events(_ follower: LiveFollower) async -> [LiveEvent] {
        follower.end(.draining)
        var all: [LiveEvent] = []
        for await event in follower.events { all.append(event) }
        return all
    }

    /// Of one shard.
    private func sessions(_ count: Int) -> [SessionID] {
        (0..<count).map { SessionID(high: UInt64($0), low: id.low) }
    }

    private func log(_ number: UInt64) -> LogID { LogID(milliseconds: number, sequence: 0) }

    @Test func whatIsFollowedIsListenedToOnceAndNoLonger() throws {
        let ears = Ears()
        let feed = feed(ears)
        let first = try #require(feed.join(id, user: user(), until: far))
        let second = try #require(feed.join(id, user: user("2"), until: far))
        #expect(ears.names.withLock { $0 } == [id])
        feed.leave(first)
        #expect(ears.names.withLock { $0 } == [id])
        feed.leave(second)
        feed.leave(second)
        #expect(ears.names.withLock { $0 } == [])
    }

    @Test func withoutAConnectionOneLooksAtOnceAndAgainOnceItIsHeard() async throws {
        let feed = feed()
        let early = try #require(feed.join(id, user: user(), until: far))
        feed.connected()
        let late = try #require(feed.join(SessionID(high: 2, low: 0), user: user(), until: far))
        feed.heard(late.session)
        #expect(await events(early) == [.look, .look])
        #expect(await events(late) == [.look])
    }

    @Test func aSlowFollowerIsCutOffAndNobodyElse() async throws {
        let feed = feed { $0.waitingEvents = 2 }
        feed.connected()
        let slow = try #require(feed.join(id, user: user(), until: far))
        let other = try #require(feed.join(SessionID(high: 2, low: 0), user: user(), until: far))
        for number in 1...3 as ClosedRange<Int64> {
            feed.changed(id, LiveChange(.session, version: number, logID: log(UInt64(number))))
        }
        #expect(slow.end == .slow)
        #expect(other.end == nil)
        #expect(await events(slow).count == 2)
    }

    @Test func aFlushIsToldToWhomItConcerns() async throws {
        let feed = feed()
        feed.connected()
        let follower = try #require(feed.join(id, user: user(), until: far))
        let idle = try #require(feed.join(SessionID(high: 2, low: 0), user: user(), until: far))
        let change = LiveChange(.session, version: 2, logID: log(5))
        feed.changed(id, change)
        feed.flushed(id.shard, upTo: log(4))
        feed.flushed(id.shard, upTo: log(7))
        feed.flushed(id.shard, upTo: log(8))
        #expect(await events(follower) == [.change(change), .flushed(log(5))])
        #expect(await events(idle) == [])
    }

    /// One after another, 2 ms apart; of a large batch all within a second.
    @Test(arguments: [(1, 1), (50, 1), (2000, 5)])
    func whatABatchFlushesIsToldOneAfterAnother(_ count: Int, _ most: Int) throws {
        let feed = feed {
            $0.followersOfUser = count
            // Whoever is told after the change is cut off: so one sees who was. None of it is a sign of life.
            $0.waitingEvents = 1
            $0.beat = 3600
        }
        feed.connected()
        let now = Timestamp.now
        let followers = try sessions(count).map { try #require(feed.join($0, user: user(), until: far, now: now)) }
        for follower in followers {
            feed.changed(follower.session, LiveChange(.session, version: 2, logID: log(5)))
        }
        feed.tick(now)
        feed.flushed(id.shard, upTo: log(5), now: now)
        var told = followers.count { $0.end == .slow }
        #expect(told == 1)
        for time in stride(from: Int64(2), through: min(2 * Int64(count), 1000) + 2, by: 2) {
            feed.tick(now.adding(milliseconds: time))
            let before = told
            told = followers.count { $0.end == .slow }
            #expect(told - before <= most)
        }
        #expect(told == count)
    }

    /// Its position is as it was: what another follower asks changes nothing.
    @Test func aFollowerWhoComesMeanwhileTakesNoFlushAway() async throws {
        let feed = feed { $0.followersOfUser = 6 }
        feed.connected()
        let now = Timestamp.now
        let followers = try sessions(3).map { try #require(feed.join($0, user: user(), until: far, now: now)) }
        for follower in followers {
            feed.changed(follower.session, LiveChange(.session, version: 2, logID: log(5)))
        }
        feed.flushed(id.shard, upTo: log(5), now: now)
        for follower in followers { feed.awaitFlush(of: follower.session, at: log(5)) }
        feed.tick(now.adding(milliseconds: 100))
        for follower in followers { #expect(await events(follower).last == .flushed(log(5))) }
    }

    @Test func whatChangesAgainBeforeItsFlushIsToldIsToldOnceThatIsFlushed() async throws {
        let feed = feed { $0.followersOfUser = 3 }
        feed.connected()
        let now = Timestamp.now
        let followers = try sessions(3).map { try #require(feed.join($0, user: user(), until: far)) }
        for follower in followers {
            feed.changed(follower.session, LiveChange(.session, version: 2, logID: log(5)))
        }
        feed.flushed(id.shard, upTo: log(5), now: now)
        let again = LiveChange(.session, version: 3, logID: log(6))
        for follower in followers { feed.changed(follower.session, again) }
        feed.tick(now.adding(milliseconds: 50))
        feed.flushed(id.shard, upTo: log(6), now: now.adding(milliseconds: 50))
        feed.tick(now.adding(milliseconds: 100))
        var both = 0
        for follower in followers {
            let flushes = await events(follower).filter { if case .flushed = $0 { true } else { false } }
            #expect(flushes.last == .flushed(log(6)))
            both += flushes.count - 1
        }
        #expect(both == 1, "the first was told at once")
    }

    @Test func whoseTimeIsUpIsEndedAndTheOthersGetASign() async throws {
        let feed = feed()
        feed.connected()
        let now = Timestamp.now
        let deaf = try #require(feed.join(SessionID(high: 2, low: 0), user: user(), until: far))
        let ending = try #require(
            feed.join(id, user: user(), until: Timestamp(milliseconds: now.milliseconds + 16_000)))
        let staying = try #require(feed.join(id, user: user(), until: far))
        let behind = try #require(feed.join(id, user: user(), until: far))
        behind.isBehind = true
        feed.heard(id)
        for seconds in 1...31 as ClosedRange<Int64> {
            feed.tick(Timestamp(milliseconds: now.milliseconds + seconds * 1000))
        }
        #expect(ending.end == .expired)
        #expect(await events(staying).suffix(2) == [.beat, .beat])
        #expect(await events(behind).suffix(3) == [.look, .look, .look])
        // Whose changes aren't heard, looks by itself.
        #expect(await events(deaf).suffix(2) == [.look, .look])
    }

    /// From the first on, and also after a time in which nothing but the longest steps were taken.
    @Test(arguments: [0, 1, 5]) func signsOfLifeAreSpreadOut(_ roundsOfLongSteps: Int) throws {
        let feed = feed {
            $0.followersOfUser = 1000
            // Whoever is told once more is cut off: so one sees who was.
            $0.waitingEvents = roundsOfLongSteps
        }
        feed.connected()
        let now = Timestamp.now
        let followers = try (0..<1000).map { _ in try #require(feed.join(id, user: user(), until: far, now: now)) }
        var most = 0, told = 0
        func take(_ times: ClosedRange<Int64>, step: Int64) {
            for time in stride(from: times.lowerBound, through: times.upperBound, by: Int64.Stride(step)) {
                feed.tick(now.adding(milliseconds: time))
                let before = told
                told = followers.count { $0.end == .slow }
                most = max(most, told - before)
            }
        }
        let start = 15_000 * Int64(roundsOfLongSteps)
        if start > 0 {
            take(0...(start - LiveFeed.longestStep), step: LiveFeed.longestStep)
            #expect(told == 0, "none more often than every 15 s")
        }
        take(max(0, start - LiveFeed.longestStep + LiveFeed.step)...(start + 15_010), step: LiveFeed.step)
        #expect(told == 1000, "each within 15 s")
        #expect(most <= 3, "\(most) at once")
    }

    @Test func thereIsRoomForSoManyOfAUserAndOfAll() throws {
        let feed = feed {
            $0.followersOfUser = 2
            $0.followers = 3
        }
        let first = try #require(feed.join(id, user: user(), until: far))
        #expect(feed.join(id, user: try user(), until: far) != nil)
        #expect(!feed.hasRoom(for: try user()))
        #expect(feed.join(id, user: try user(), until: far) == nil)
        #expect(feed.join(id, user: try user("2"), until: far) != nil)
        #expect(!feed.hasRoom(for: try user("3")))
        #expect(feed.join(id, user: try user("3"), until: far) == nil)
        feed.leave(first)
        #expect(feed.join(id, user: try user("3"), until: far) != nil)
    }

    @Test func whoDrainsTakesNoMore() throws {
        let feed = feed()
        let follower = try #require(feed.join(id, user: user(), until: far))
        feed.drain()
        #expect(follower.end == .draining)
        #expect(feed.join(id, user: try user(), until: far) == nil)
    }

    @Test func aPositionTakesWhatIsNewer() {
        var position = SessionPosition(version: 3, messageCount: 4, status: .active, logID: log(3))
        let changes = [
            LiveChange(.session, version: 3, logID: log(3)),
            LiveChange(.message, version: 4, messageCount: 6, logID: log(4)),
            LiveChange(.status, version: 5, status: .completed, logID: log(5)),
            LiveChange(.mission, missionVersion: 2, logID: log(6)),
        ]
        let isNew = changes.map { position.take($0) }
        #expect(isNew == [false, true, true, true])
        #expect(position == SessionPosition(version: 5, messageCount: 6, status: .completed, logID: log(6)))
    }
}
