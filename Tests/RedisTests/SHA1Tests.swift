import Testing

@testable import Redis

@Suite struct SHA1Tests {
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
        (String(repeating: "a", count: 1_000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
    func theStandardsExamplesCome(message: String, digest: String) {
        #expect(RedisScript(message).sha1 == digest)
    }

    @Test func itNamesScriptsOfAnyLengthAsRedisDoes() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            for length in 0...130 {
                let source = "return 1 --" + String(repeating: "x", count: length)
                let loaded = try await client.send(RedisCommand("SCRIPT", "LOAD", source))
                #expect(loaded.string == RedisScript(source).sha1)
            }
        }
    }
}

extension RedisServer {
    var path: String { socket }
}
