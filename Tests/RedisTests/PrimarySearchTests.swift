import Testing

@testable import Redis

@Suite struct PrimarySearchTests {
    typealias Server = RedisConfiguration.Server
    private let a = Server.unixSocket(path: "/a")
    private let b = Server.tcp(host: "b", port: 1)
    private let c = Server.tcp(host: "c", port: 1)
    private let d = Server.tcp(host: "d", port: 1)

    /// Searches among servers that say these things; those not mentioned can't be reached.
    /// - Returns: what was tried, the last of it being the primary if there is no error.
    private func search(
        _ servers: [Server], follows: Bool = true, _ roles: [Server: RedisRole?]
    ) -> (tried: [Server], error: String?) {
        struct Unreachable: Error {}
        var search = PrimarySearch(servers, follows: follows)
        var tried: [Server] = []
        while let server = search.next() {
            tried.append(server)
            if let role = roles[server] {
                if search.found(server, role) { return (tried, nil) }
            } else {
                search.failed(server, Unreachable())
            }
        }
        return (tried, "\(search.error)")
    }

    private func role(_ text: String) throws -> RedisRole? {
        var reader = try ReplyReader(limits: .init())
        var role: RedisRole?
        try Array(text.utf8).withUnsafeBytes { bytes throws in try reader.read(bytes) { role = RedisRole($0) } }
        return role
    }

    @Test func aServerSaysWhatItIs() throws {
        #expect(try role("*3\r\n$6\r\nmaster\r\n:42\r\n*1\r\n*3\r\n$1\r\nh\r\n$1\r\n1\r\n$1\r\n0\r\n") == .primary)
        #expect(try role("*5\r\n$5\r\nslave\r\n$1\r\nb\r\n:1\r\n$9\r\nconnected\r\n:9\r\n") == .replica(of: b))
        #expect(try role("*2\r\n$8\r\nsentinel\r\n*1\r\n$8\r\nmymaster\r\n") == .sentinel)
    }

    @Test(arguments: [
        "*1\r\n$5\r\nslave\r\n", "*3\r\n$5\r\nslave\r\n$0\r\n\r\n:1\r\n", "*3\r\n$5\r\nslave\r\n$1\r\nb\r\n:0\r\n",
        "*3\r\n$5\r\nslave\r\n$1\r\nb\r\n:65536\r\n", "*3\r\n$5\r\nslave\r\n:1\r\n$1\r\nb\r\n",
        "*3\r\n$5\r\nslave\r\n$-1\r\n:1\r\n", "*3\r\n$5\r\nslave\r\n$1\r\n\u{0}\r\n:-1\r\n",
    ])
    func aReplicaMayNameNoAddress(reply: String) throws {
        #expect(try role(reply) == .replica(of: nil))
    }

    @Test(arguments: ["+OK\r\n", ":1\r\n", "*0\r\n", "*-1\r\n", "$-1\r\n", "*1\r\n*0\r\n", "*1\r\n$7\r\nmasters\r\n"])
    func whatIsNoRoleIsNone(reply: String) throws {
        #expect(try role(reply) == nil)
    }

    @Test func eachServerIsTriedInTurnAndItsReasonKept() {
        let found = search([a, b, a, c], [b: .sentinel, c: RedisRole?.none])
        #expect(found.tried == [a, b, c])
        #expect(found.error == "/a: Unreachable(); b:1 is a sentinel; c:1 doesn't say what it is")
    }

    @Test func whatAReplicaNamesIsTriedNext() {
        let found = search([a, b], [a: .replica(of: c), b: .primary, c: .primary])
        #expect(found == ([a, c], nil))
    }

    @Test func whatIsNamedByOneThatIsNotListedIsNotTried() {
        let found = search([a, b], [a: .replica(of: c), c: .replica(of: d), b: .replica(of: nil), d: .primary])
        #expect(found.tried == [a, c, b])
        #expect(
            found.error == "/a is a replica of c:1; c:1 is a replica of d:1; b:1 is a replica of an unknown server")
    }

    @Test func aReplicaOfAListedReplicaLeadsOn() {
        #expect(search([b, c], [b: .replica(of: c), c: .replica(of: d), d: .primary]) == ([b, c, d], nil))
    }

    @Test func replicasOfEachOtherEndTheSearch() {
        #expect(search([b, c], [b: .replica(of: c), c: .replica(of: b)]).tried == [b, c])
    }

    /// Servers that name a new one each time.
    @Test func aSearchTriesAtMostTwiceAsManyAsAreListed() {
        var search = PrimarySearch([a, b, c], follows: true)
        var tried = 0
        while let server = search.next(), tried < 100 {
            tried += 1
            _ = search.found(server, .replica(of: .tcp(host: "new", port: tried)))
        }
        #expect(tried == 6)
    }

    @Test func oneServerAloneIsNotLeft() {
        let found = search([a], follows: false, [a: .replica(of: b), b: .primary])
        #expect(found == ([a], "/a is a replica of b:1"))
    }

    @Test func whoWasOfUseIsAskedFirstAndWhoWasNotLast() {
        var order = ServerOrder([a, b, c])
        order.prefer(c)
        #expect(order.servers == [c, a, b])
        order.postpone(c)
        #expect(order.servers == [a, b, c])
        order.postpone(d)
        order.prefer(d)
        #expect(order.servers == [a, b, c])
    }

    @Test func anAddressIsWrittenAsUsual() {
        #expect("\(Server.tcp(host: "::1", port: 1)) \(b) \(a)" == "[::1]:1 b:1 /a")
    }
}
