import FastCGI
import FastCGIServer
import NIOCore
import Testing

/// Who does not read stops his own source, and no one else.
@Suite struct BackPressureTests {
    private func stdin(_ id: UInt16, _ count: Int) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeFastCGIStream(.stdin, requestID: id, ByteBuffer(repeating: 65, count: count))
        return bytes
    }

    @Test func anUnreadBodyStopsItsConnectionOnly() async throws {
        let gate = Gate()
        let length = 8 << 20
        try await serving({ request in
            guard request.method == "POST" else { return text("quick") }
            await gate.pass()
            var total = 0
            do {
                for try await part in request.body { total += part.readableBytes }
            } catch {
                return text("\(error)")
            }
            return text("\(total)")
        }) { _, path in
            let peer = try await Peer(path)
            peer.send(head(1, "POST", length: length))
            try await eventually { gate.waiting == 1 }
            let sent = Count()
            for _ in 0..<128 {
                let part = self.stdin(1, length / 128)
                peer.channel.writeAndFlush(part).whenSuccess { sent.add() }
            }
            // The kernel's buffers and ours take a part; then nothing moves.
            var before = -1
            try await eventually {
                defer { before = sent.value }
                try? await Task.sleep(for: .milliseconds(20))
                return sent.value == before && before > 0
            }
            #expect(sent.value < 64)
            let other = try await Peer(path)
            other.ask()
            #expect(try await other.whole().body == "quick")
            gate.open()
            var end = ByteBuffer()
            end.writeFastCGIStreamEnd(.stdin, requestID: 1)
            peer.send(end)
            #expect(try await peer.whole().body == "\(length)")
        }
    }

    @Test func aStoppedConnectionGoesOnWhenItsRequestIsAnsweredUnread() async throws {
        let gate = Gate()
        try await serving({ request in
            guard request.method == "POST" else { return text("next") }
            await gate.pass()
            return text("no", status: 413)
        }) { _, path in
            let peer = try await Peer(path)
            peer.send(head(1, "POST", length: 4 << 20))
            for _ in 0..<64 { peer.send(self.stdin(1, 65_536)) }
            try await eventually { gate.waiting == 1 }
            var end = ByteBuffer()
            end.writeFastCGIStreamEnd(.stdin, requestID: 1)
            peer.send(end)
            gate.open()
            #expect(try await peer.whole().body == "no")
            peer.ask(2)
            #expect(try await peer.whole(2).body == "next")
        }
    }

    @Test func aSmallUnreadBodyStopsNothing() async throws {
        let gate = Gate()
        try await serving({ request in
            if request.method == "POST" { await gate.pass() }
            return text("x")
        }) { _, path in
            let peer = try await Peer(path)
            peer.send(head(1, "POST", length: 65_536))
            peer.send(self.stdin(1, 65_535))
            peer.ask(2)
            _ = try await peer.whole(2)
            peer.send(self.stdin(1, 1))
            gate.open()
            _ = try await peer.whole(1)
        }
    }

    @Test func anAnswerGivenWhileAConnectionGoesOnIsSentAtOnce() async throws {
        var limits = FastCGILimits()
        limits.unreadBodyBytes = 10
        let gate = Gate()
        try await serving(
            limits: limits,
            { request in
                guard request.method == "POST" else { return text("x") }
                await gate.pass()
                let body = try? await request.body.collect(upTo: 1_000)
                return text("\(body?.readableBytes ?? -1)")
            }
        ) { _, path in
            let peer = try await Peer(path)
            peer.send(head(1, "POST", length: 20))
            try await eventually { gate.waiting == 1 }
            // The limit is reached, so that what comes behind it waits in our buffer: a request, and one to be refused.
            var bytes = self.stdin(1, 10)
            bytes.writeImmutableBuffer(wholeRequest(2, "GET", "/"))
            bytes.writeImmutableBuffer(wholeRequest(3, "", "/"))
            peer.send(bytes)
            let other = try await Peer(path)
            other.ask()
            _ = try await other.whole()
            #expect(peer.order.isEmpty)
            gate.open()
            #expect(try await peer.whole(2).body == "x")
            #expect(try await peer.whole(3).status == "Status: 400 Bad Request")
            bytes = self.stdin(1, 10)
            bytes.writeFastCGIStreamEnd(.stdin, requestID: 1)
            peer.send(bytes)
            #expect(try await peer.whole(1).body == "20")
        }
    }

    @Test func whoDoesNotReadHisLastAnswerIsCut() async throws {
        var limits = FastCGILimits()
        limits.unsentTimeout = .milliseconds(200)
        try await serving(limits: limits, { _ in text(String(repeating: "x", count: 900_000)) }) { server, path in
            let peer = try await Peer(path)
            try await peer.stopReading()
            // Once it has asked, it may be cut before anybody looks.
            try await eventually { server.counters.connections == 1 }
            peer.ask(keep: false)
            try await eventually { server.counters.connections == 0 }
        }
    }

    @Test func aSlowReaderSlowsItsOwnSourceOnly() async throws {
        let written = Count()
        try await serving({ request in
            guard request.target.path == "/stream" else { return text("quick") }
            return FastCGIResponse(
                status: 200,
                body: .stream { writer in
                    for _ in 0..<512 {
                        try await writer.write(ByteBuffer(repeating: 65, count: 16_384))
                        written.add()
                    }
                }
            )
        }) { _, path in
            let slow = try await Peer(path)
            try await slow.stopReading()
            slow.ask(1, "GET", "/stream")
            var before = -1
            try await eventually {
                defer { before = written.value }
                try? await Task.sleep(for: .milliseconds(20))
                return written.value == before && before > 0
            }
            // 128 KiB and a record of ours, and the kernel's buffers: of 8 MiB.
            #expect(written.value < 128)
            let other = try await Peer(path)
            other.ask()
            #expect(try await other.whole().body == "quick")
            try await slow.resumeReading()
            #expect(try await slow.whole().body.utf8.count == 512 * 16_384)
            #expect(written.value == 512)
        }
    }

    @Test func aWriterWhoseReaderGoesAwayIsTold() async throws {
        let told = Count()
        try await serving({ _ in
            FastCGIResponse(
                status: 200,
                body: .stream { writer in
                    do {
                        while true { try await writer.write(ByteBuffer(repeating: 65, count: 100_000)) }
                    } catch {
                        if Task.isCancelled { told.add() }
                        throw error
                    }
                }
            )
        }) { server, path in
            for _ in 0..<3 {
                let peer = try await Peer(path)
                try await peer.stopReading()
                peer.ask()
                try await eventually { server.counters.requestsInFlight == 1 }
                await peer.close()
                try await eventually { server.counters == FastCGIServerCounters(connections: 0, requestsInFlight: 0) }
            }
            #expect(told.value == 3)
        }
    }

    @Test func aReaderTooSlowForTooLongIsCut() async throws {
        var limits = FastCGILimits()
        limits.unsentBytes = 100_000
        limits.unsentTimeout = .milliseconds(100)
        let ended = Count()
        try await serving(
            limits: limits,
            { request in
                ended.add()
                return text(String(repeating: "x", count: request.target.path == "/small" ? 1 : 4 << 20))
            }
        ) { server, path in
            let peer = try await Peer(path)
            try await peer.stopReading()
            peer.ask()
            try await eventually { ended.value == 1 }
            try await eventually { server.counters.connections == 0 }
            let patient = try await Peer(path)
            patient.ask(1, "GET", "/small")
            #expect(try await patient.whole().body == "x")
        }
    }

    @Test func whoDoesNotReadItsAnswersIsNotReadEither() async throws {
        var limits = FastCGILimits()
        limits.unsentBytes = 200_000
        limits.requestsPerConnection = 2_000
        let served = Count()
        try await serving(
            limits: limits,
            { _ in
                served.add()
                return text(String(repeating: "x", count: 20_000))
            }
        ) { _, path in
            let peer = try await Peer(path)
            try await peer.stopReading()
            for id in 1...2_000 { peer.ask(UInt16(id)) }
            var before = -1
            try await eventually {
                defer { before = served.value }
                try? await Task.sleep(for: .milliseconds(20))
                return served.value == before && before > 0
            }
            #expect(served.value < 2_000)
            try await peer.resumeReading()
            try await eventually { served.value == 2_000 }
            try await eventually { peer.order.count == 2_000 }
        }
    }

    @Test func aStreamIsSentAsItIsWritten() async throws {
        let gate = Gate()
        try await serving({ _ in
            FastCGIResponse(
                status: 200,
                headers: ["X-Accel-Buffering": "no"],
                body: .stream { writer in
                    try await writer.write("first ")
                    await gate.pass()
                    // From a task that knows nothing of the loop.
                    try await Task.detached { try await writer.write("second") }.value
                }
            )
        }) { _, path in
            let peer = try await Peer(path)
            peer.ask()
            try await eventually { peer.answer().body == "first " }
            #expect(peer.answer().ends.isEmpty)
            gate.open()
            let answer = try await peer.whole()
            #expect(answer.stdout == "Status: 200 OK\r\nX-Accel-Buffering: no\r\n\r\nfirst second")
        }
    }

    @Test func aStreamThatBreaksOffIsNotTakenForWhole() async throws {
        struct Failure: Error {}
        try await serving({ _ in
            FastCGIResponse(
                status: 200,
                body: .stream { writer in
                    try await writer.write("half")
                    throw Failure()
                }
            )
        }) { _, path in
            let peer = try await Peer(path)
            peer.ask()
            try await eventually { peer.isClosed }
            #expect(peer.answer().body == "half")
            #expect(peer.answer().ends.isEmpty)
        }
    }

    @Test func anAnswerBeforeTheBodyWasReadIsNotLostInAReset() async throws {
        try await serving({ request in
            do {
                _ = try await request.body.collect(upTo: 1_000)
                return text("?")
            } catch {
                return text("\(error)", status: 413)
            }
        }) { server, path in
            let peer = try await Peer(path)
            peer.send(head(1, "POST", length: 10 << 20, keep: false))
            for _ in 0..<40 { peer.send(self.stdin(1, 65_536)) }
            let answer = try await peer.whole()
            #expect(answer.status == "Status: 413 Content Too Large")
            #expect(answer.body == "tooLarge")
            await peer.close()
            try await eventually { server.counters.connections == 0 }
        }
    }
}
