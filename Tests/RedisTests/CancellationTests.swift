import NIOCore
import NIOPosix
import Testing

@testable import Redis

@Suite(.serialized) struct CancellationTests {
    /// No command here is given up for its time.
    private var patient: RedisLimits {
        var limits = RedisLimits()
        (limits.reply, limits.stall) = (.seconds(60), .seconds(60))
        return limits
    }

    @Test func aCancelledWaitEndsAtOnceAndTheConnectionGoesOn() async throws {
        let server = try await RedisServer()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await withClient(at: server.path, patient, on: loop) { client async throws in
            server.pause()
            let first = Task { await outcome { try await client.send(RedisCommand("ECHO", "first")) } }
            try await eventually("it is in flight") { try await loop.submit { client.inFlight == 1 }.get() }
            let second = Task { await outcome { try await client.send(RedisCommand("ECHO", "second")) } }
            try await eventually("both are in flight") { try await loop.submit { client.inFlight == 2 }.get() }
            first.cancel()
            #expect(await first.value == .failed(.unknown(.cancelled)))
            server.resume()
            #expect(await second.value == .reply("second"))
            let clients = try await client.send(RedisCommand("INFO", "stats")).string ?? ""
            #expect(clients.contains("total_connections_received:"))
        }
    }

    @Test func aTaskAlreadyCancelledWritesNothing() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            let told = await Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await outcome { try await client.send(RedisCommand("INCR", "n")) }
            }.value
            #expect(told == .failed(.notWritten(.cancelled)))
            #expect(try await client.send(RedisCommand("GET", "n")).isNull)
        }
    }

    @Test func aHundredThousandCommandsWithRandomCancellationsEachGetTheirOwnReply() async throws {
        let server = try await RedisServer()
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = Seeded(seed)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await withClient(at: server.path, patient, on: loop) { client async throws in
            var tally: [String: Int] = [:]
            for wave in 0..<25 {
                let tasks = (0..<4_000).map { number in
                    Task { await Self.judge("\(wave) \(number)", client) }
                }
                for task in tasks where Int.random(in: 0..<3, using: &random) == 0 { task.cancel() }
                for task in tasks { tally[await task.value, default: 0] += 1 }
            }
            print(tally)
            #expect(tally.values.reduce(0, +) == 100_000)
            #expect(tally["stranger"] == nil, "seed \(seed)")
            #expect(Set(tally.keys).isSubset(of: ["own", "unknown", "not written"]), "seed \(seed)")
            #expect(try await loop.submit { client.inFlight }.get() >= 0)
            #expect(try await client.send(RedisCommand("ECHO", "after")).string == "after")
        }
    }

    private static func judge(_ word: String, _ client: RedisClient) async -> String {
        switch await outcome({ try await client.send(RedisCommand("ECHO", word)) }) {
        case .reply(word): "own"
        case .reply: "stranger"
        case .failed(.unknown(.cancelled)): "unknown"
        case .failed(.notWritten(.cancelled)): "not written"
        case .failed(let error): "\(error)"
        }
    }
}
