import LoadTesting

/// People who arrive, chat, leave and return:
///
///     away ─▶ arrive: GET active ─┬─ a session ──────────────▶ chat: messages, autosaves, heartbeats, a look back
///      ▲                          └─ null ─▶ the old one again ─▶ │
///      │                                  └▶ a new one ─────────▶ │
///      └──── leave, completing it or not (then it is abandoned) ◀─┘
///
/// Each request is due a think time after the answer to the one before.
final class VisitLoop: TrafficSource {
    private enum Step {
        case arriving
        case creating
        case chatting
        case leaving
    }

    private struct Person {
        var step = Step.arriving
        /// The session that the visit is in, or that the last one was in and left open.
        var session: Int?
        var left = 0
        /// Requests until now.
        var asked: UInt64 = 0
        var random: SeededRandom
    }

    private let visits: Workload.Visits
    private var people: [Person] = []
    private var agenda = Agenda()
    private let seed: UInt64

    init(_ visits: Workload.Visits, seed: UInt64) {
        self.visits = visits
        self.seed = seed
    }

    var nextDue: UInt64? { agenda.next }

    func start(_ engine: Engine, at now: UInt64) {
        for user in engine.population.users.indices {
            var random = SeededRandom(seed, stream: 0x9e0 << 32 | UInt64(user))
            agenda.add(user, due: now + UInt64(random.unit() * visits.arriveWithin * 1e9))
            people.append(Person(session: engine.population.users[user].sessions.first, random: random))
        }
    }

    func wake(_ engine: Engine, at now: UInt64) {
        while let (due, who) = agenda.take(now) {
            var request = request(who, due)
            people[who].asked += 1
            request.draw = SeededRandom.Stream.visit.of(UInt64(who) << 32 | people[who].asked)
            engine.submit(request)
        }
    }

    private func request(_ who: Int, _ due: UInt64) -> LoadRequest {
        func of(_ session: Int?, _ operation: Operation) -> LoadRequest {
            LoadRequest(operation, user: who, session: session ?? -1, intended: due)
        }
        switch (people[who].step, people[who].session) {
        case (.arriving, _), (.chatting, nil), (.leaving, nil): return of(nil, .active)
        case (.creating, _): return of(nil, .create)
        case (.leaving, let session?): return of(session, .complete)
        case (.chatting, let session?):
            let draw = people[who].random.unit() * 100
            if draw < visits.heartbeats { return of(session, .activity) }
            if people[who].random.happens(percent: visits.autosaves / 2) { return of(session, .metadataPatch) }
            if people[who].random.happens(percent: visits.lookBacks / 5) { return of(session, .history) }
            people[who].left -= 1
            return of(session, .append)
        }
    }

    func finished(_ request: LoadRequest, made: [UInt8], isGood: Bool, _ engine: Engine, at now: UInt64) {
        let who = request.user
        guard people.indices.contains(who), request.operation != .resume else { return }
        var pause = visits.thinkTime.sample(&people[who].random)
        if !isGood {
            // Whatever it was, they begin anew.
            people[who].step = .arriving
        } else {
            pause = advance(who, request, made, engine) ?? pause
        }
        agenda.add(who, due: now + UInt64(pause * 1e9))
    }

    /// What comes next. Nil: after a think time; else after so many seconds.
    private func advance(_ who: Int, _ request: LoadRequest, _ made: [UInt8], _ engine: Engine) -> Double? {
        switch people[who].step {
        case .arriving:
            people[who].left = max(Int(visits.messages.sample(&people[who].random)), 1)
            if !made.isEmpty {
                people[who].session = made.withUnsafeBytes { engine.population.place(of: $0, user: who) }
            } else if people[who].session == nil || !people[who].random.happens(percent: visits.returns) {
                people[who].step = .creating
                return nil
            }
            // Not known yet: they look again.
            guard people[who].session != nil else { return nil }
            people[who].step = .chatting
        case .creating:
            people[who].session = made.withUnsafeBytes { engine.population.place(of: $0, user: who) }
            people[who].step = .chatting
        case .chatting:
            guard people[who].left <= 0, request.operation != .history else { return nil }
            if people[who].random.happens(percent: visits.completes) {
                people[who].step = .leaving
                // Soon: what was abandoned while somebody thought can't be completed.
                return 0.05
            } else {
                people[who].step = .arriving
                return visits.away.sample(&people[who].random)
            }
        case .leaving:
            people[who].session = nil
            people[who].step = .arriving
            return visits.away.sample(&people[who].random)
        }
        return nil
    }
}
