public import SessionModel
import Synchronization

/// The followers of sessions on one event loop, and what each is still to be told.
///
///     hot tier's channel ─▶ changed, flushed ─▶ LiveFeed ─▶ followers' events, one queue each ─▶ their answers
///     a clock             ─▶ tick             ─▶
///
/// Nobody is waited for: a follower whose queue is full is cut off, and comes again when it likes.
///
/// Unchecked: it is touched on its event loop only, as everything that calls it is.
public final class LiveFeed: @unchecked Sendable {
    public struct Limits: Sendable {
        /// Followers at one time, over all event loops: each costs some memory here, two connections in nginx, and one here.
        public var followers = 4_096
        /// Followers of one user on one event loop: a browser has one for all its tabs.
        public var followersOfUser = 32
        /// Events that wait for a follower's answer to take them. A change is one; a reader as slow as that has to look anew.
        public var waitingEvents = 64
        /// Seconds between two signs of life. A web server gives up on an answer that is silent for longer (nginx: 45 s).
        public var beat: Int64 = 15

        public init() {}
    }

    /// How many follow, over all event loops.
    public final class Count: Sendable {
        private let value = Atomic(0)

        public init() {}

        var current: Int { value.load(ordering: .relaxed) }

        fileprivate func add(_ number: Int) -> Int {
            let sum = value.add(number, ordering: .relaxed).newValue
            SessionMetrics.followers.record(sum)
            return sum
        }
    }

    /// Milliseconds by which signs of life are told apart, at least.
    static let step: Int64 = 10
    /// Milliseconds between two ticks, at most.
    public static let longestStep: Int64 = 100
    /// Milliseconds between two sessions of one batch that are told to be flushed, and within which all of them are, where a
    /// tick comes often enough: told all at once, each batch would hold up the requests that come just then.
    static let flushedStep: Int64 = 2
    static let flushedReach: Int64 = 1000

    private let limits: Limits
    private let count: Count
    /// Begins, or ends, to hear of a session's changes.
    private let listen: @Sendable (SessionID, Bool) -> Void
    private var topics: [SessionID: Topic] = [:]
    private var users: [UserID: Int] = [:]
    /// Whose last change may not be in SQLite yet.
    private var unflushed: Set<SessionID> = []
    /// Followers by when they get their next sign of life, or come to their end. Who left is there until then.
    private var due: TimingRing<LiveFollower>
    /// Sessions of which SQLite has everything up to there, by when their followers are told.
    private var settled = TimingRing<(SessionID, LogID)>(
        step: flushedStep, reach: flushedReach + longestStep, from: .now)
    private var isConnected = false
    private var isDraining = false
    /// Followers so far.
    private var joined: Int64 = 0

    private struct Topic {
        var followers: [LiveFollower] = []
        /// Whether changes are heard for certain.
        var isHeard = false
        var logID = LogID.zero
    }

    public init(limits: Limits = Limits(), count: Count, listen: @escaping @Sendable (SessionID, Bool) -> Void) {
        self.limits = limits
        self.count = count
        self.listen = listen
        due = TimingRing(step: Self.step, reach: limits.beat * 1000, from: .now)
    }

    // MARK: - Followers

    /// Whether one more may join.
    public func hasRoom(for user: UserID) -> Bool {
        !isDraining && users[user, default: 0] < limits.followersOfUser && count.current < limits.followers
    }

    /// Nil where there is no room. Whoever joins has to ``leave(_:)``.
    ///
    /// - Parameter until: when the follower's right to follow ends.
    public func join(_ id: SessionID, user: UserID, until: Timestamp, now: Timestamp = .now) -> LiveFollower? {
        guard !isDraining, users[user, default: 0] < limits.followersOfUser else { return nil }
        guard count.add(1) <= limits.followers else {
            _ = count.add(-1)
            return nil
        }
        users[user, default: 0] += 1
        let follower = LiveFollower(id, user: user, until: until, waitingEvents: limits.waitingEvents)
        // Those who come together, as after a restart, don't get their signs of life together: a golden angle apart.
        wait(follower, from: now, for: 1000 - (joined &* 618) % 1000)
        joined &+= 1
        if topics[id] == nil {
            topics[id] = Topic()
            listen(id, true)
        }
        topics[id]?.followers.append(follower)
        // Without a connection it looks now, at what SQLite has, and again once there is one.
        if topics[id]?.isHeard == true || !isConnected { follower.tell(.look) }
        return follower
    }

    public func leave(_ follower: LiveFollower) {
        let id = follower.session
        guard let place = topics[id]?.followers.firstIndex(where: { $0 === follower }) else { return }
        topics[id]?.followers.remove(at: place)
        follower.hasLeft = true
        _ = count.add(-1)
        users[follower.user, default: 0] -= 1
        if users[follower.user] == 0 { users[follower.user] = nil }
        if topics[id]?.followers.isEmpty == true {
            topics[id] = nil
            unflushed.remove(id)
            listen(id, false)
        }
    }

    /// The session is where this entry left it: its followers are told once SQLite has that.
    public func awaitFlush(of id: SessionID, at logID: LogID) {
        guard let known = topics[id]?.logID else { return }
        topics[id]?.logID = max(known, logID)
        unflushed.insert(id)
    }

    // MARK: - What is heard

    /// Changes of all sessions with followers are heard from here on.
    public func connected() {
        isConnected = true
        for id in topics.keys { heard(id) }
    }

    /// Changes of the session are heard from here on.
    public func heard(_ id: SessionID) {
        topics[id]?.isHeard = true
        tell(id, .look)
    }

    /// Nothing is heard until ``connected()``.
    public func lost() {
        isConnected = false
        for id in topics.keys { topics[id]?.isHeard = false }
    }

    public func changed(_ id: SessionID, _ change: LiveChange) {
        awaitFlush(of: id, at: change.logID)
        tell(id, .change(change))
    }

    /// SQLite has everything of the shard up to `logID`. The first session's followers are told now, and the others' with the
    /// ticks that come.
    public func flushed(_ shard: Shard, upTo logID: LogID, now: Timestamp = .now) {
        let batch = unflushed.filter { id in id.shard == shard && topics[id].map { $0.logID <= logID } ?? false }
        unflushed.subtract(batch)
        let count = Int64(batch.count)
        let span = min(Self.flushedStep * count, Self.flushedReach)
        for (id, place) in zip(batch, 0..<count) {
            if place == 0 {
                tellSettled(id, upTo: logID)
            } else {
                settled.add((id, logID), at: now.adding(milliseconds: place * span / count))
            }
        }
    }

    /// Nothing where it has changed again since: that is flushed later.
    private func tellSettled(_ id: SessionID, upTo logID: LogID) {
        if let topic = topics[id], topic.logID <= logID { tell(id, .flushed(topic.logID)) }
    }

    /// Tells what was flushed, gives the signs of life that are due, and ends whose time is up.
    ///
    /// To be called every ``longestStep``, and whenever there is something else to do: then they come singly, beside an
    /// answer that wakes the web server as well. By itself one costs nearly three times as much, and what is gathered holds
    /// others up.
    public func tick(_ now: Timestamp) {
        for (id, logID) in settled.take(upTo: now) { tellSettled(id, upTo: logID) }
        for follower in due.take(upTo: now) where !follower.hasLeft {
            guard follower.until > now else {
                follower.end(.expired)
                continue
            }
            let isHeard = topics[follower.session]?.isHeard == true
            follower.tell(follower.isBehind || !isHeard ? .look : .beat)
            // From when it was due: who is told together now needn't stay together. But what was missed isn't made up for.
            let isMissed = follower.due.adding(milliseconds: 1000 * limits.beat) <= now
            wait(follower, from: isMissed ? now : follower.due, for: 1000)
        }
    }

    /// - Parameter share: thousandths of a beat until the next sign of life.
    private func wait(_ follower: LiveFollower, from time: Timestamp, for share: Int64) {
        follower.due = time.adding(milliseconds: share * limits.beat)
        due.add(follower, at: min(follower.until, follower.due))
    }

    /// Ends all that follow, and takes no more.
    public func drain() {
        isDraining = true
        for topic in topics.values {
            for follower in topic.followers { follower.end(.draining) }
        }
    }

    private func tell(_ id: SessionID, _ event: LiveEvent) {
        guard let topic = topics[id] else { return }
        for follower in topic.followers { follower.tell(event) }
    }
}

/// What a follower is told.
public enum LiveEvent: Sendable, Equatable {
    /// Something may have been missed: look where the session is.
    case look
    case change(LiveChange)
    /// SQLite has everything up to here.
    case flushed(LogID)
    /// Nothing happened, for a while.
    case beat
}

/// Why a follower is told nothing more.
public enum LiveEnd: String, Sendable {
    case deleted, expired, draining, slow
}

/// One answer that goes on as long as its client wants to hear.
///
/// Unchecked: it is touched on its feed's event loop only.
public final class LiveFollower: @unchecked Sendable {
    public let session: SessionID
    public let user: UserID
    let until: Timestamp
    public let events: AsyncStream<LiveEvent>
    private let continuation: AsyncStream<LiveEvent>.Continuation
    fileprivate(set) var hasLeft = false
    /// Its next sign of life.
    fileprivate var due = Timestamp(milliseconds: 0)
    /// What it knows is from SQLite alone: it looks again with each beat.
    public var isBehind = false
    /// Why `events` ended.
    public private(set) var end: LiveEnd?

    init(_ session: SessionID, user: UserID, until: Timestamp, waitingEvents: Int) {
        self.session = session
        self.user = user
        self.until = until
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(waitingEvents))
    }

    func tell(_ event: LiveEvent) {
        if case .dropped = continuation.yield(event) { end(.slow) }
    }

    public func end(_ why: LiveEnd) {
        guard end == nil else { return }
        end = why
        SessionMetrics.followersEnded(why).increment()
        continuation.finish()
    }
}
