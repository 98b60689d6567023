import LoadTesting
import Testing

@Suite struct TrafficTests {
    @Test func anEvenScheduleIsDueAtEqualDistances() {
        var schedule = ArrivalSchedule(rate: 1000, isRandom: false, seed: 1)
        var due: [UInt64] = []
        for _ in 0..<4 {
            due.append(schedule.next)
            schedule.advance()
        }
        #expect(due == [0, 1_000_000, 2_000_000, 3_000_000])
    }

    @Test func aScheduleDoesNotDriftAtAnOddRate() {
        var schedule = ArrivalSchedule(rate: 3, isRandom: false, seed: 1)
        for _ in 0..<3_000_000 { schedule.advance() }
        #expect(abs(Double(schedule.next) - 1e15) < 1e6)
    }

    @Test func aRandomScheduleKeepsItsRateAndItsSeed() {
        var (schedule, again) = (
            ArrivalSchedule(rate: 1000, isRandom: true, seed: 5), ArrivalSchedule(rate: 1000, isRandom: true, seed: 5)
        )
        for _ in 0..<100_000 {
            schedule.advance()
            again.advance()
            #expect(schedule.next == again.next)
        }
        #expect((98e9...102e9).contains(Double(schedule.next)))
    }

    @Test func aLogNormalHasItsMedianAndPercentile() {
        let distribution = Distribution.logNormal(median: 100, p99: 1000, max: 5000)
        var random = SeededRandom(3)
        let samples = (0..<100_000).map { _ in distribution.sample(&random) }.sorted()
        #expect((97...103).contains(samples[50_000]))
        #expect((930...1070).contains(samples[99_000]))
        #expect((samples.last ?? 0) <= 5000)
    }

    @Test func operationsComeByTheirShares() {
        let mix = OperationMix([.activity: 60, .append: 39.5, .create: 0.5])
        var random = SeededRandom(1)
        var counts: [Operation: Int] = [:]
        for _ in 0..<100_000 { counts[mix.draw(&random), default: 0] += 1 }
        #expect((59_000...61_000).contains(counts[.activity] ?? 0))
        #expect((400...600).contains(counts[.create] ?? 0))
        #expect(counts.count == 3)
    }

    @Test func anAgendaGivesEachWhenItIsDueInOrder() {
        var agenda = Agenda()
        var random = SeededRandom(7)
        var dues = (0..<1000).map { _ in UInt64(random.below(500)) }
        for (who, due) in dues.enumerated() { agenda.add(who, due: due) }
        dues.sort()
        #expect(agenda.next == dues[0])
        var taken: [UInt64] = []
        while let (due, _) = agenda.take(249) { taken.append(due) }
        #expect(taken == dues.filter { $0 <= 249 })
        while let (due, _) = agenda.take(.max) { taken.append(due) }
        #expect(taken == dues)
    }

    @Test func theSameSeedSendsTheSameBytes() {
        #expect(Self.bodies(seed: 4) == Self.bodies(seed: 4))
        #expect(Self.bodies(seed: 4) != Self.bodies(seed: 5))
    }

    private static func bodies(seed: UInt64, numberedFrom offset: UInt64 = 0) -> [[UInt8]] {
        var workload = Workload(name: "w")
        workload.users = 3
        workload.operations = [.append: 50, .metadataPut: 50]
        workload.messageBytes = .uniform(20, 300)
        var population = Population(users: 3, run: "r") { _ in "token" }
        for user in 0..<3 {
            population.add(id: Array(repeating: 0x61 + UInt8(user), count: 36), user: user, isInitial: true)
        }
        let composer = RequestComposer(workload, seed: seed)
        var picker = RequestPicker(workload, seed: seed)
        var draft = RequestDraft()
        return (0..<50).map { number in
            var request = picker.pick(population, intended: 0)
            request.number = UInt64(number) + offset
            composer.compose(&request, &population, into: &draft)
            return draft.path + draft.body
        }
    }

    /// Numbers follow the order of sending, which is that of the answers.
    @Test func contentsDoNotDependOnWhenTheyAreSent() {
        #expect(Self.bodies(seed: 4) == Self.bodies(seed: 4, numberedFrom: 1000))
    }

    @Test func whatIsBusyDoesNotChangeWhatIsAskedLater() {
        var workload = Workload(name: "w")
        workload.users = 16
        workload.operations = [.activity: 50, .complete: 50]
        var (idle, picker) = (Population(users: 16, run: "r") { _ in "t" }, RequestPicker(workload, seed: 1))
        for user in 0..<16 { idle.add(id: Array("\(user)".utf8), user: user, isInitial: true) }
        var (busy, other) = (idle, picker)
        for place in busy.sessions.indices { busy.sessions[place].isMoving = true }
        var completions = 0
        for _ in 0..<200 {
            let (one, two) = (picker.pick(idle, intended: 0), other.pick(busy, intended: 0))
            #expect(one.draw == two.draw)
            if one.operation == .complete { completions += 1 } else { #expect(one.session == two.session) }
        }
        #expect((60...140).contains(completions))
    }

    @Test func sessionsThatThereIsNoRoomForAreNotMade() {
        let composer = RequestComposer(Workload(name: "w"), seed: 1, room: 1)
        var population = Population(users: 1, run: "r") { _ in "t" }
        population.add(id: Array("a".utf8), user: 0, isInitial: true)
        var request = LoadRequest(.create, user: 0, intended: 0)
        #expect(composer.confine(&request, population) == nil)
        population.add(id: Array("b".utf8), user: 0, isInitial: false)
        #expect(composer.confine(&request, population)?.kind == .bound)
        #expect(request.operation == .active)
    }

    @Test func aSessionIsFoundByItsIDAndItsUserAlone() {
        var population = Population(users: 2, run: "r") { _ in "t" }
        for name in ["b", "a"] { population.add(id: Array(name.utf8), user: name == "a" ? 0 : 1, isInitial: true) }
        func place(_ id: String, _ user: Int) -> Int? {
            Array(id.utf8).withUnsafeBytes { population.place(of: $0, user: user) }
        }
        #expect((place("a", 0), place("b", 1)) == (1, 0))
        population.settle()
        #expect((place("a", 0), place("b", 1)) == (0, 1))
        #expect((place("a", 1), place("c", 0)) == (nil, nil))
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080", LoadTarget.http(host: "127.0.0.1", port: 8080)),
        ("http://[::1]:81/", .http(host: "::1", port: 81)), ("http://somewhere", .http(host: "somewhere", port: 80)),
        ("http+unix:/run/n.sock", .httpSocket("/run/n.sock")), ("fastcgi+unix:a.sock", .fastCGISocket("a.sock")),
        ("fastcgi://localhost:9000", .fastCGI(host: "localhost", port: 9000)),
    ])
    func targetsAreUnderstood(_ text: String, _ target: LoadTarget) { #expect(LoadTarget(text) == target) }

    @Test(arguments: [
        "", "http://", "https://a", "http://a:0", "http://a:99999", "fastcgi://a", "http+unix:", "a:1", "http://a/b",
    ])
    func othersAreNot(_ text: String) { #expect(LoadTarget(text) == nil) }
}
