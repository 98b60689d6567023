import FastCGI
import FastCGIServer
import NIOCore
import Testing

/// Each limit of the server is reached.
@Suite struct LimitTests {
    @Test func aConnectionOverTheLimitIsAnswered503() async throws {
        var limits = FastCGILimits()
        limits.connections = 2
        limits.refusedConnections = 1
        limits.retryAfterSeconds = 7
        try await serving(limits: limits, { _ in text("x") }) { server, path in
            let first = try await Peer(path)
            let second = try await Peer(path)
            try await eventually { server.counters.connections == 2 }
            let third = try await Peer(path)
            try await eventually { server.counters.connections == 3 }
            let fourth = try await Peer(path)
            try await eventually { fourth.isClosed }
            third.ask()
            let answer = try await third.whole()
            #expect(answer.status == "Status: 503 Service Unavailable")
            #expect(answer.stdout.contains("\r\nRetry-After: 7\r\n"))
            #expect(answer.ends == [.requestComplete])
            try await eventually { third.isClosed }
            await third.close()
            try await eventually { server.counters.connections == 2 }
            for peer in [first, second] {
                peer.ask()
                #expect(try await peer.whole().body == "x")
            }
        }
    }

    @Test func aRequestOverTheLimitOfItsConnectionIsAnswered503() async throws {
        var limits = FastCGILimits()
        limits.requestsPerConnection = 2
        let gate = Gate()
        try await serving(
            limits: limits,
            { _ in
                await gate.pass()
                return text("x")
            }
        ) { _, path in
            let peer = try await Peer(path)
            for id in UInt16(1)...3 { peer.ask(id) }
            #expect(try await peer.whole(3).status == "Status: 503 Service Unavailable")
            gate.open()
            for id in UInt16(1)...2 { #expect(try await peer.whole(id).body == "x") }
            peer.ask(3)
            #expect(try await peer.whole(3).body == "x")
        }
    }

    @Test func respondersThatStillRunForAbortedRequestsCount() async throws {
        var limits = FastCGILimits()
        // One for each event loop.
        limits.requestsInFlight = 1
        let gate = Gate()
        try await serving(
            limits: limits,
            { _ in
                // Does not heed cancellation.
                _ = await Task { await gate.pass() }.value
                return text("x")
            }
        ) { server, path in
            let peer = try await Peer(path)
            peer.ask(1)
            try await eventually { gate.waiting == 1 }
            var abort = ByteBuffer()
            abort.writeFastCGIAbortRequest(requestID: 1)
            peer.send(abort)
            _ = try await peer.whole(1)
            peer.ask(1)
            #expect(try await peer.whole(1).status == "Status: 503 Service Unavailable")
            #expect(server.counters.requestsInFlight == 1)
            gate.open()
            try await eventually { server.counters.requestsInFlight == 0 }
            peer.ask(1)
            #expect(try await peer.whole(1).body == "x")
        }
    }

    @Test func whoFallsSilentInMidRequestIsCut() async throws {
        var limits = FastCGILimits()
        limits.partialRequestTimeout = .milliseconds(60)
        let cancelled = Count()
        try await serving(
            limits: limits,
            { request in
                if (try? await request.body.collect(upTo: 100)) == nil { cancelled.add() }
                return text("x")
            }
        ) { server, path in
            // In a record's header, between BEGIN and PARAMS, and in the body.
            let peers = [try await Peer(path), try await Peer(path), try await Peer(path)]
            peers[0].send([1, 1])
            peers[1].send(head(1, "POST", length: 5).getSlice(at: 0, length: 16) ?? ByteBuffer())
            peers[2].send(head(1, "POST", length: 5))
            for peer in peers { try await eventually { peer.isClosed } }
            try await eventually { cancelled.value == 1 && server.counters.connections == 0 }
        }
    }

    @Test func whoWaitsForAnAnswerIsNotCut() async throws {
        var limits = FastCGILimits()
        limits.partialRequestTimeout = .seconds(1)
        limits.idleTimeout = .seconds(1)
        try await serving(
            limits: limits,
            { request in
                // Twice as long as whoever is idle or silent may be.
                try? await request.eventLoop.scheduleTask(in: .seconds(2)) {}.futureResult.get()
                return text("x")
            }
        ) { _, path in
            let peer = try await Peer(path)
            peer.ask()
            #expect(try await peer.whole().body == "x")
            try await eventually { peer.isClosed }
        }
    }

    @Test func anIdleConnectionIsKeptUnlessAskedOtherwise() {
        #expect(FastCGILimits().idleTimeout == nil)
    }

    @Test func whoLingersTooLongIsClosed() async throws {
        var limits = FastCGILimits()
        limits.lingerTimeout = .milliseconds(50)
        try await serving(limits: limits, { _ in text("early") }) { server, path in
            let peer = try await Peer(path)
            peer.send(head(1, "POST", length: 100, keep: false))
            #expect(try await peer.whole().body == "early")
            try await eventually { server.counters.connections == 0 }
        }
    }

    @Test func aBodyLongerThanItsReaderAllowsIsTooLarge() async throws {
        try await serving({ request in
            do throws(FastCGIBodyError) {
                return text("\(try await request.body.collect(upTo: 10).readableBytes)")
            } catch {
                return text("\(error)")
            }
        }) { _, path in
            let peer = try await Peer(path)
            for (body, expected) in [("0123456789", "10"), ("0123456789a", "tooLarge")] {
                peer.ask(1, "POST", body: body)
                #expect(try await peer.whole().body == expected)
                // Without a length, and in parts.
                peer.send(head(2, "POST"))
                for byte in body.utf8 {
                    var part = ByteBuffer()
                    part.writeFastCGIStream(.stdin, requestID: 2, ByteBuffer(bytes: [byte]))
                    peer.send(part)
                }
                var end = ByteBuffer()
                end.writeFastCGIStreamEnd(.stdin, requestID: 2)
                peer.send(end)
                #expect(try await peer.whole(2).body == expected)
            }
        }
    }

    @Test func aBodyOfAnotherLengthThanSaidIsAnError() async throws {
        try await serving({ request in
            do throws(FastCGIBodyError) {
                return text("\(try await request.body.collect(upTo: 100).readableBytes)")
            } catch {
                return text("\(error)")
            }
        }) { _, path in
            let peer = try await Peer(path)
            for body in ["1234", "123456"] {
                for isLater in [false, true] {
                    peer.send(head(1, "POST", length: 5))
                    if isLater {
                        peer.ask(2, "POST", body: "12345")
                        #expect(try await peer.whole(2).body == "5")
                    }
                    var stdin = ByteBuffer()
                    stdin.writeFastCGIStdin(requestID: 1, ByteBuffer(string: body))
                    peer.send(stdin)
                    #expect(try await peer.whole(1).body == "lengthMismatch")
                }
            }
        }
    }
}
