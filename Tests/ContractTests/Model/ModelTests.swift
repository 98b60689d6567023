import SessionTesting
import Testing

/// Random operations from many clients at once, held against a plain model of the domain; at the end both tiers equal it.
///
/// Some people work alone: each answer, refusals too, must be what the model says. Others are several at a time in the same
/// sessions and missions: what they were answered must be what the model says in the order of the log, which each answer's
/// `Write-Id` tells.
@Suite struct ModelTests {
    @Test(.timeLimit(.minutes(5)), arguments: [1, 16]) func bothTiersEqualTheModel(_ shards: Int) async throws {
        let seed = SeededGenerator.announced().seed
        var options = Stack.Options()
        options.shards = shards
        try await withStack(options) { stack in
            let worlds = try await withThrowingTaskGroup(of: (person: Person, world: World, tally: Tally).self) {
                group in
                for number in 0..<6 {
                    let person = Person(stack)
                    let generator = SeededGenerator(seed: seed &+ UInt64(number))
                    group.addTask {
                        let (world, tally) = try await Self.alone(person, generator, operations: 250)
                        return (person, world, tally)
                    }
                }
                for number in 0..<2 {
                    let person = Person(stack)
                    let generator = SeededGenerator(seed: seed &+ UInt64(100 * (number + 1)))
                    group.addTask {
                        let (world, tally) = try await Self.crowd(person, generator, clients: 4, operations: 150)
                        return (person, world, tally)
                    }
                }
                var worlds: [(person: Person, world: World, tally: Tally)] = []
                for try await one in group { worlds.append(one) }
                return worlds
            }
            let tally = worlds.reduce(into: Tally()) { $0.add($1.tally) }
            print("carried out: \(tally.done.sorted { $0.key < $1.key })")
            print("refused: \(tally.refused.sorted { $0.key < $1.key })")
            // Otherwise it shows little.
            #expect(tally.done.count == Operation.kinds && tally.refused.count > Operation.kinds / 3)
            for (person, world, _) in worlds { try await person.compare(with: world, "hot") }
            try await stack.forgetTheHotTier(shards: shards)
            for (person, world, _) in worlds { try await person.compare(with: world, "cold") }
            #expect(try await stack.rows("SELECT COUNT(*) FROM dead_letters").allSatisfy { $0 == "0" })
            #expect(try await stack.rows("PRAGMA foreign_key_check") == [])
        }
    }

    private static func alone(
        _ person: Person, _ generator: SeededGenerator, operations: Int
    ) async throws -> (World, Tally) {
        var tally = Tally()
        var source = OperationSource(name: "alone", generator: generator)
        var world = World()
        for _ in 0..<operations {
            let operation = source.next(world)
            let answer = try await person.carryOut(operation)
            var expected = world
            do {
                try expected.apply(operation, answer.body.isEmpty ? .null : try answer.decode(JSON.self))
                guard (200...204).contains(answer.status) else {
                    throw TestingError("refused though allowed: \(operation): \(answer.status) \(answer.text)")
                }
                world = expected
                tally.done[operation.kind, default: 0] += 1
            } catch let refusal as World.Refusal {
                guard answer.status == refusal.status else {
                    throw TestingError("\(answer.status), not \(refusal.status): \(operation) \(answer.text)")
                }
                try answer.problem(refusal.status)
                tally.refused[operation.kind, default: 0] += 1
            }
        }
        return (world, tally)
    }

    private static func crowd(
        _ person: Person, _ generator: SeededGenerator, clients: Int, operations: Int
    ) async throws -> (World, Tally) {
        let history = History()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                var source = OperationSource(
                    name: "client \(client)", generator: SeededGenerator(seed: generator.seed &+ UInt64(client)))
                group.addTask {
                    for _ in 0..<operations {
                        let operation = await source.next(history.known)
                        let answer = try await person.carryOut(operation)
                        switch answer.status {
                        case 200...204: try await history.add(operation, answer)
                        case 404, 409, 422, 503: await history.refuse(operation)
                        default: throw TestingError("\(operation): \(answer.status) \(answer.text)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return (try await history.world(), await history.tally)
    }
}

/// How often each kind of operation was carried out, and refused.
private struct Tally {
    var done: [String: Int] = [:]
    var refused: [String: Int] = [:]

    mutating func add(_ other: Tally) {
        done.merge(other.done, uniquingKeysWith: +)
        refused.merge(other.refused, uniquingKeysWith: +)
    }
}

/// What was done, as it was answered.
private actor History {
    private(set) var tally = Tally()

    /// As the answers arrived, which is nearly as it happened.
    private(set) var known = World()
    private var done: [(place: [Int], operation: Operation, answer: JSON)] = []

    func add(_ operation: Operation, _ answer: HTTPAnswer) throws {
        guard let write = answer.header("Write-Id") else { throw TestingError("no Write-Id: \(operation)") }
        let body = answer.body.isEmpty ? JSON.null : try answer.decode(JSON.self)
        tally.done[operation.kind, default: 0] += 1
        done.append((write.split(separator: "-").compactMap { Int($0) }, operation, body))
        try? known.apply(operation, body)
    }

    func refuse(_ operation: Operation) { tally.refused[operation.kind, default: 0] += 1 }

    /// As it really happened: in the order of the log.
    func world() throws -> World {
        var world = World()
        var deletions: Set<[Int]> = []
        for one in done.sorted(by: { $0.place.lexicographicallyPrecedes($1.place) }) {
            // A PUT of the status that it had by then.
            if case .moveAsset(let mission, let asset, let status) = one.operation,
                world.missions[mission]?.assets[asset]?.status == status
            {
                continue
            }
            // Of two who delete the same, the second is told of the first one's write.
            switch one.operation {
            case .delete, .deleteMission: if !deletions.insert(one.place).inserted { continue }
            default: break
            }
            do { try world.apply(one.operation, one.answer) } catch {
                throw TestingError("answered 2xx though not allowed (\(error)): \(one.operation)")
            }
        }
        return world
    }
}

extension Person {
    fileprivate func carryOut(_ operation: Operation) async throws -> HTTPAnswer {
        let (method, path, body) = operation.request
        return try await send(method, path, body)
    }

    /// Everything that the model has is there and as it says, and nothing else.
    fileprivate func compare(with world: World, _ tier: Comment) async throws {
        for (id, session) in world.sessions {
            let shown = try await get("/sessions/\(id)?touch=false&messages=200").json(200)
            var expected = session
            expected.messages = session.messages.suffix(200)
            #expect(try World.session(shown) == expected, tier)
            #expect(shown["message_count"].int == session.messages.count, tier)
            let mission = session.mission.flatMap { world.missions[$0]?.shown }
            #expect(try shown["mission"] == .null ? mission == nil : World.mission(shown["mission"]) == mission, tier)
        }
        for (id, mission) in world.missions {
            #expect(try World.mission(try await get("/missions/\(id)").json(200)) == mission.shown, tier)
            for (asset, expected) in mission.assets {
                let content = try await get("/missions/\(id)/assets/\(asset)").json(200)["content"]
                #expect(content == expected.content.map(JSON.string) ?? .null, tier)
            }
        }
        let sessions = try await get("/sessions/?per_page=100").json(200)
        #expect(Set(sessions["sessions"].elements.compactMap { $0["id"].string }) == Set(world.sessions.keys), tier)
        let missions = try await get("/missions/?per_page=100").json(200)
        #expect(Set(missions["missions"].elements.compactMap { $0["id"].string }) == Set(world.missions.keys), tier)
        #expect(missions["total"].int == world.missions.count, tier)
    }
}

extension Stack {
    /// Waits until SQLite has everything, and takes every session and mission out of Redis.
    fileprivate func forgetTheHotTier(shards: Int) async throws {
        try await eventually("the log is flushed", within: .seconds(30)) {
            try (0..<shards).allSatisfy { try redis.command("XLEN", "sd:{\($0)}:log").int == 0 }
        }
        for kind in ["session", "messages", "mission"] {
            for key in try redis.command("KEYS", "sd:*:\(kind):*").strings { try redis.command("DEL", key) }
        }
    }
}
