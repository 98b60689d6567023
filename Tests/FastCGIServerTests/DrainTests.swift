import FastCGI
import FastCGIServer
import NIOCore
import Testing

/// How a server ends.
@Suite struct DrainTests {
    private func server(_ path: String, drainTimeout: TimeAmount, _ gate: Gate) -> FastCGIServer {
        FastCGIServer(address: .unixSocket(path: path), drainTimeout: drainTimeout) { _ in
            Respond { _ in
                text(await gate.pass() ? "done" : "cancelled")
            }
        }
    }

    @Test func requestsInFlightAreAnsweredAndIdleConnectionsClosed() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/s"
            let gate = Gate()
            let server = self.server(path, drainTimeout: .seconds(30), gate)
            try await running(server) { _ in
                let idle = try await Peer(path)
                let busy = try await Peer(path)
                let coming = try await Peer(path)
                busy.ask(1)
                coming.send(head(1, "POST", length: 5))
                try await eventually { server.counters.requestsInFlight == 2 }
                try await eventually { server.counters.connections == 3 }
                server.drain()
                try await eventually { idle.isClosed }
                await #expect(throws: (any Error).self) { _ = try await Peer(path) }
                // A request that comes now is not begun.
                busy.ask(2)
                #expect(try await busy.whole(2).status == "Status: 503 Service Unavailable")
                #expect(!busy.isClosed)
                // One that had begun may send its body.
                var stdin = ByteBuffer()
                stdin.writeFastCGIStdin(requestID: 1, ByteBuffer(string: "12345"))
                coming.send(stdin)
                gate.open()
                #expect(try await busy.whole(1).body == "done")
                #expect(try await coming.whole(1).body == "done")
                try await eventually { busy.isClosed && coming.isClosed }
            }
            #expect(server.counters == FastCGIServerCounters(connections: 0, requestsInFlight: 0))
        }
    }

    @Test func whatRunsTooLongIsCancelled() async throws {
        try await withTemporaryFolder { folder in
            let gate = Gate()
            let server = self.server(folder + "/s", drainTimeout: .milliseconds(50), gate)
            try await running(server) { _ in
                let peer = try await Peer(folder + "/s")
                peer.ask()
                try await eventually { gate.waiting == 1 }
                server.drain()
                try await eventually { peer.isClosed }
                try await eventually { gate.cancelled == 1 }
                #expect(peer.answer() == Peer.Answer())
            }
        }
    }

    @Test func aCancelledRunDrains() async throws {
        try await withTemporaryFolder { folder in
            let gate = Gate()
            let server = self.server(folder + "/s", drainTimeout: .seconds(30), gate)
            let run = Task { try await server.run() }
            var peer: Peer?
            try await eventually {
                peer = try? await Peer(folder + "/s")
                return peer != nil
            }
            peer?.ask()
            try await eventually { gate.waiting == 1 }
            run.cancel()
            gate.open()
            #expect(try await peer?.whole().body == "done")
            try await run.value
        }
    }

    @Test func aServerDrainedBeforeItRunsEndsAtOnce() async throws {
        try await withTemporaryFolder { folder in
            let server = self.server(folder + "/s", drainTimeout: .seconds(30), Gate())
            server.drain()
            try await server.run()
        }
    }

    @Test func eachEventLoopHasAResponderOfItsOwn() async throws {
        struct Own: FastCGIResponder {
            let loop: any EventLoop
            func respond(to request: FastCGIRequest) async -> FastCGIResponse {
                text("\(request.eventLoop === self.loop && self.loop.inEventLoop)")
            }
        }
        try await withTemporaryFolder { folder in
            let made = Count()
            let server = FastCGIServer(address: .unixSocket(path: folder + "/s")) { loop in
                made.add()
                return Own(loop: loop)
            }
            try await running(server) { _ in
                for _ in 0..<6 {
                    let peer = try await Peer(folder + "/s")
                    peer.ask()
                    #expect(try await peer.whole().body == "true")
                }
            }
            #expect(made.value >= 1)
        }
    }
}
