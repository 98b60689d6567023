import SessionTesting
import Testing

@Suite struct RedisServerTests {
    @Test(arguments: [1, 2])
    func twoServersAtATimeDoNotMeet(_ round: Int) async throws {
        async let starting = (RedisServer.start(), RedisServer.start())
        let (one, other) = try await starting
        try one.command("SET", "whose", "one")
        try other.command("SET", "whose", "other")
        #expect(try one.command("GET", "whose").string == "one")
        #expect(try other.command("GET", "whose").string == "other")
        #expect(one.socket != other.socket)
        #expect(one.pid != other.pid)
    }

    @Test func itRunsTheShippedConfiguration() async throws {
        let redis = try await RedisServer.start()
        for (name, value) in [
            "appendonly": "yes", "appendfsync": "everysec", "no-appendfsync-on-rewrite": "no", "save": "", "port": "0",
            "aof-load-truncated": "yes", "maxmemory-policy": "noeviction", "notify-keyspace-events": "xE", "hz": "100",
            "unixsocketperm": "660", "hash-max-listpack-value": "1024",
        ] {
            #expect(try redis.command("CONFIG", "GET", name).dictionary[name] == value)
        }
        #expect(try redis.command("CONFIG", "GET", "maxmemory").dictionary["maxmemory"] != "0")
        let limits = try redis.command("CONFIG", "GET", "client-output-buffer-limit")
        #expect(limits.dictionary["client-output-buffer-limit"]?.hasPrefix("normal 536870912 ") == true)
    }

    @Test func itsOptionsOverrideThem() async throws {
        let redis = try await RedisServer.start(.init(["appendfsync": "always", "maxmemory": "3mb"]))
        #expect(try redis.command("CONFIG", "GET", "appendfsync").dictionary["appendfsync"] == "always")
        #expect(try redis.command("CONFIG", "GET", "maxmemory").dictionary["maxmemory"] == "3145728")
    }

    @Test func aKilledServerIsGoneAndComesBackWithItsData() async throws {
        let redis = try await RedisServer.start(.init(["appendfsync": "always"]))
        try redis.command("RPUSH", "list", "a", "b")
        let before = redis.pid
        redis.kill()
        #expect(!redis.isRunning)
        #expect(throws: TestingError.self) { try redis.command("PING") }
        try await redis.restart()
        #expect(redis.pid != before)
        #expect(try redis.command("LRANGE", "list", "0", "-1").strings == ["a", "b"])
    }

    @Test func aPausedServerAnswersWhenItIsResumed() async throws {
        let redis = try await RedisServer.start()
        redis.pause()
        async let reply = Task.detached { try redis.command("PING") }.value
        redis.resume()
        #expect(try await reply == .simple("PONG"))
    }

    @Test func everyKindOfReplyIsRead() async throws {
        let redis = try await RedisServer.start()
        let script = "return {1, 'text', false, {2, {}}, {ok='fine'}, {err='BAD thing'}}"
        #expect(
            try redis.command("EVAL", script, "0")
                == .array([
                    .integer(1), .bulk(Array("text".utf8)), .null, .array([.integer(2), .array([])]), .simple("fine"),
                    .error("BAD thing"),
                ]))
        try redis.command("HSET", "hash", "a", "1", "b", "")
        #expect(try redis.command("HGETALL", "hash").dictionary == ["a": "1", "b": ""])
    }
}
