import SessionTesting
import Testing

/// nginx's own 404 through a fault proxy: a known answer of some hundred bytes.
@Suite struct FaultProxyTests {
    struct Line {
        let folder: TemporaryFolder
        let nginx: NginxServer
        let proxy: FaultProxy
        let http: HTTPClient

        init() async throws {
            folder = try TemporaryFolder()
            nginx = try await NginxServer.start(services: [folder.file("none.sock")], in: folder)
            proxy = try await FaultProxy.start(socket: folder.file("proxy.sock"), server: nginx.socket)
            http = HTTPClient(socket: proxy.socket)
        }

        func get(within limit: Duration = .seconds(10)) async throws -> Int {
            try await http.request("GET", "/nothing", within: limit).status
        }
    }

    @Test func withoutAFaultEverythingPassesOnOneKeptConnection() async throws {
        let line = try await Line()
        for _ in 0..<3 { #expect(try await line.get() == 404) }
        let counts = try await line.proxy.counts()
        #expect(counts == FaultProxy.Counts(connections: 1, open: 1, faults: 0))
    }

    @Test(arguments: [Fault.Direction.requests, .replies])
    func aDelayedByteArrivesLaterAndUnchanged(_ direction: Fault.Direction) async throws {
        let line = try await Line()
        try await line.proxy.set(.delay(direction, .milliseconds(150)))
        let start = ContinuousClock.now
        #expect(try await line.get() == 404)
        #expect(ContinuousClock.now - start >= .milliseconds(150))
        #expect(try await line.proxy.counts().faults > 0)
    }

    @Test(arguments: [Fault.Direction.requests, .replies])
    func aTrickleOfSingleBytesIsStillTheWholeAnswer(_ direction: Fault.Direction) async throws {
        let line = try await Line()
        let whole = try await line.http.request("GET", "/nothing")
        try await line.proxy.set(.trickle(direction, every: .microseconds(200)))
        let start = ContinuousClock.now
        let trickled = try await line.http.request("GET", "/nothing")
        #expect(trickled.body == whole.body)
        // The request has some 50 bytes, the answer more.
        #expect(ContinuousClock.now - start >= .milliseconds(8))
    }

    @Test(arguments: [0, 1, 20, 200])
    func aCutInMidReplyHappensOnceAndFailsTheRequest(_ bytes: Int) async throws {
        let line = try await Line()
        #expect(try await line.get() == 404)
        try await line.proxy.set(.cut(.replies, afterBytes: bytes))
        await #expect(throws: (any Error).self) { try await line.get() }
        #expect(try await line.proxy.counts().faults == 1)
        #expect(try await line.get() == 404)
        #expect(try await line.proxy.counts().connections == 2)
    }

    @Test func aSwallowedReplyNeverComesAndItsConnectionIsNotUsedAgain() async throws {
        let line = try await Line()
        #expect(try await line.get() == 404)
        try await line.proxy.set(.swallow(.replies))
        await #expect(throws: HTTPClient.Failure.timedOut) { try await line.get(within: .milliseconds(200)) }
        try await line.proxy.set(.none)
        #expect(try await line.get() == 404)
        try await eventually("only the new connection is open") { try await line.proxy.counts().open == 1 }
    }

    @Test func aRefusingProxyClosesWhatIsOpenAndTakesNobodyUntilItStops() async throws {
        let line = try await Line()
        #expect(try await line.get() == 404)
        try await line.proxy.set(.refuse)
        try await eventually("no connection is open") { try await line.proxy.counts().open == 0 }
        await #expect(throws: (any Error).self) { try await line.get() }
        await #expect(throws: (any Error).self) { try await line.get() }
        #expect(try await line.proxy.counts().connections == 1)
        try await line.proxy.set(.none)
        #expect(try await line.get() == 404)
    }

    @Test func whatCameFirstLeavesFirstWhenADelayEnds() async throws {
        let line = try await Line()
        try await line.proxy.set(.delay(.replies, .milliseconds(200)))
        async let first = line.get()
        try await eventually("a reply is delayed") { try await line.proxy.counts().faults > 0 }
        try await line.proxy.set(.none)
        #expect(try await first == 404)
        #expect(try await line.get() == 404)
    }
}
