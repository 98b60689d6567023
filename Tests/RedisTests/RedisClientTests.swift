import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import Redis

@Suite(.serialized) struct RedisClientTests {
    @Test func commandsOfEveryKindAreAnswered() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            #expect(try await client.send(RedisCommand("SET", "k", "v")).equals("OK"))
            #expect(try await client.send(RedisCommand("GET", "k")).string == "v")
            #expect(try await client.send(RedisCommand("GET", "none")).isNull)
            #expect(try await client.send(RedisCommand("INCR", "n")).integer == 1)
            let replies = try await client.pipeline([
                RedisCommand("RPUSH", "l", "a", "b"), RedisCommand("INCR", "k"), RedisCommand("LRANGE", "l", "0", "-1"),
            ])
            #expect(replies[0].integer == 2)
            #expect(replies[1].refusal?.code == .generic)
            #expect(replies[2].elements.map(\.string) == ["a", "b"])
            #expect(try await client.pipeline([]).isEmpty)
        }
    }

    @Test func anErrorReplyIsARefusal() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            _ = try await client.send(RedisCommand("SET", "k", "v"))
            let error = await #expect(throws: RedisError.self) {
                try await client.send(RedisCommand("LPUSH", "k", "v"))
            }
            guard case .refused(let refusal) = error else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
            #expect(refusal.code == .wrongType)
        }
    }

    @Test func onItsOwnEventLoopItIsTheSame() async throws {
        let server = try await RedisServer()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await withClient(at: server.path, on: loop) { client async throws in
            let replies = try await loop.submit {
                let promise = loop.makePromise(of: [String?].self)
                promise.completeWithTask {
                    var replies: [String?] = []
                    for number in 0..<100 {
                        replies.append(try await client.send(RedisCommand("ECHO", "\(number)")).string)
                    }
                    return replies
                }
                return promise
            }.get().futureResult.get()
            #expect(replies == (0..<100).map { "\($0)" })
        }
    }

    @Test func overTCPItLogsInAsAnACLUser() async throws {
        let server = try await RedisServer(
            tcp: true, "--user", "alice", "on", ">secret", "~*", "&*", "+@all", "--user", "default", "off")
        var configuration = RedisConfiguration(
            address: .tcp(host: "127.0.0.1", port: server.port ?? 0), credentials: .user("alice", password: "secret"),
            name: "test-client")
        try await withClient(configuration) { client async throws in
            #expect(try await client.send(RedisCommand("ACL", "WHOAMI")).string == "alice")
            #expect(try await client.send(RedisCommand("CLIENT", "GETNAME")).string == "test-client")
        }
        configuration.credentials = .user("alice", password: "wrong")
        let client = RedisClient(
            configuration: configuration, eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: .silent)
        let running = Task { await client.run() }
        let other = await outcome { try await client.send(RedisCommand("PING")) }
        #expect(other == .failed(.notWritten(.notConnected)))
        running.cancel()
        await running.value
        #expect(!client.isConnected)
    }

    @Test func itLogsInByPasswordAlone() async throws {
        let server = try await RedisServer("--requirepass", "secret")
        let configuration = RedisConfiguration(
            address: .unixSocket(path: server.path), credentials: .password("secret"))
        try await withClient(configuration) { client async throws in
            #expect(try await client.send(RedisCommand("PING")).equals("PONG"))
        }
    }

    @Test func whileThereIsNoConnectionCommandsFailAtOnce() async throws {
        let client = RedisClient(
            configuration: .init(address: .unixSocket(path: "/nonexistent/r.sock")),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: .silent)
        let expected = Outcome.failed(.notWritten(.notConnected))
        #expect(await outcome { try await client.send(RedisCommand("PING")) } == expected)
        let running = Task { await client.run() }
        #expect(await outcome { try await client.send(RedisCommand("PING")) } == expected)
        running.cancel()
        await running.value
    }

    @Test func connectingToAPeerThatNeverAcceptsIsGivenUp() async throws {
        // Connections beyond the backlog get no answer to their SYN.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                #expect(bind(listener, pointer, size) == 0)
                #expect(listen(listener, 0) == 0)
                #expect(getsockname(listener, pointer, &size) == 0)
            }
        }
        let port = Int(UInt16(bigEndian: address.sin_port))
        let filling = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
        var limits = RedisLimits()
        limits.connect = .milliseconds(100)
        (limits.reply, limits.stall) = (.seconds(60), .seconds(60))
        let attempts = Counter()
        let client = RedisClient(
            configuration: .init(address: .tcp(host: "127.0.0.1", port: port), limits: limits),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: .silent,
            pacing: RedisPacing(sleep: { _ in _ = attempts.increment() }))
        let start = ContinuousClock.now
        let running = Task { await client.run() }
        try await eventually("two attempts are given up") { attempts.value >= 2 }
        #expect(ContinuousClock.now - start < .seconds(8))
        running.cancel()
        await running.value
        try await filling.close()
    }

    @Test func aConnectionIsAdmittedBeforeAnybodyUsesIt() async throws {
        let server = try await RedisServer()
        let attempts = Counter()
        try await withClient(at: server.path) { connection in
            _ = try await connection.send(RedisCommand("INCR", "admissions"))
            if attempts.increment() < 3 { throw RedisError.notWritten(.notConnected) }
        } _: { client async throws in
            #expect(try await client.send(RedisCommand("GET", "admissions")).integer == 3)
            // The server may not have noticed yet which ones are closed.
            try await eventually("the others are closed") {
                let clients = try await client.send(RedisCommand("CLIENT", "LIST")).string ?? ""
                return clients.split(separator: "\n").count == 1
            }
        }
    }

    @Test func fiveHundredMessagesAreSplicedWithoutBecomingStrings() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            var push = RedisCommand("RPUSH", "l")
            for number in 0..<500 { push.append("{\"n\":\(number)}") }
            _ = try await client.send(push)
            let reply = try await client.send(RedisCommand("LRANGE", "l", "0", "-1"))
            var buffer = ByteBuffer()
            for message in reply.elements { message.append(to: &buffer) }
            #expect(String(buffer: buffer) == (0..<500).map { "{\"n\":\($0)}" }.joined())
        }
    }

    @Test func endingItAnswersWhatWasWrittenFirst() async throws {
        let server = try await RedisServer()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        var limits = RedisLimits()
        (limits.reply, limits.stall) = (.seconds(60), .seconds(60))
        let client = RedisClient(
            configuration: .init(address: .unixSocket(path: server.path), limits: limits), eventLoop: loop,
            logger: .silent)
        let running = Task { await client.run() }
        try await eventually("the client connects") { client.isConnected }
        server.pause()
        let waiting = Task { await outcome { try await client.send(RedisCommand("ECHO", "last")) } }
        try await eventually("the command is in flight") { try await loop.submit { client.inFlight == 1 }.get() }
        running.cancel()
        try await eventually("the client drains") {
            await outcome { try await client.send(RedisCommand("PING")) } == .failed(.notWritten(.draining))
        }
        server.resume()
        #expect(await waiting.value == .reply("last"))
        await running.value
    }
}

final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    @discardableResult
    func increment() -> Int {
        lock.withLock {
            count += 1; return count
        }
    }

    var value: Int { lock.withLock { count } }
}
