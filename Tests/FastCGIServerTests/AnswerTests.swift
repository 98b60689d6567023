import FastCGI
import FastCGIServer
import NIOCore
import Testing

/// What a request becomes and what its answer looks like, over a real socket.
@Suite struct AnswerTests {
    @Test func anAnswerIsAHeadABodyAndOneEnd() async throws {
        try await serving({ _ in text("hello") }) { _, path in
            let peer = try await Peer(path)
            for _ in 0..<3 {
                peer.ask(7)
                let answer = try await peer.whole(7)
                #expect(
                    answer.stdout
                        == "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
                )
                #expect(answer.isStdoutEnded)
                #expect(answer.ends == [.requestComplete])
            }
            #expect(!peer.isClosed)
            #expect(peer.stderrRecords == 0)
        }
    }

    @Test func aRequestIsTheSameHoweverItsBytesAreCut() async throws {
        try await serving({ request in
            let body = (try? await request.body.collect(upTo: 1_000)).map { String(buffer: $0) } ?? "?"
            return text("\(request.method) \(request.target.path) \(request.target.query ?? "-") \(body)")
        }) { _, path in
            let bytes = wholeRequest(9, "POST", "/a%2Fb?x=%00", body: "some body")
            for size in [1, 2, 7, 8, 9, 31, 64] {
                let peer = try await Peer(path)
                var rest = bytes
                while let part = rest.readSlice(length: min(size, max(1, rest.readableBytes))) {
                    try await peer.channel.writeAndFlush(part)
                }
                #expect(try await peer.whole(9).body == "POST /a%2Fb x=%00 some body")
                await peer.close()
            }
        }
    }

    @Test func aBodyThatCameWithItsRequestIsHadWithoutSuspending() async throws {
        let suspensions = Count()
        try await serving({ request in
            // Runs at the next turn of the loop at the earliest.
            let isLater = Count()
            request.eventLoop.execute { isLater.add() }
            let body = try? await request.body.collect(upTo: 100)
            suspensions.add(isLater.value)
            return text("\(request.eventLoop.inEventLoop) \(body.map { String(buffer: $0) } ?? "?")")
        }) { _, path in
            let peer = try await Peer(path)
            peer.ask(1, "POST", body: "small")
            #expect(try await peer.whole().body == "true small")
            #expect(suspensions.value == 0)
            peer.send(head(2, "POST", length: 5))
            peer.send(wholeRequest(3, "GET", "/"))
            _ = try await peer.whole(3)
            var rest = ByteBuffer()
            rest.writeFastCGIStdin(requestID: 2, ByteBuffer(string: "later"))
            peer.send(rest)
            #expect(try await peer.whole(2).body == "true later")
            #expect(suspensions.value == 1)
        }
    }

    @Test func answersOfOneTurnGoOutInOneWrite() async throws {
        try await serving({ _ in text("x") }) { _, path in
            let peer = try await Peer(path)
            var bytes = ByteBuffer()
            for id in 1...10 { bytes.writeImmutableBuffer(wholeRequest(UInt16(id), "GET", "/")) }
            peer.send(bytes)
            for id in 1...10 { _ = try await peer.whole(UInt16(id)) }
            #expect(peer.reads == 1)
        }
    }

    @Test func headAndStatusesWithoutABodyHaveNone() async throws {
        let streams = Count()
        try await serving({ request in
            switch request.target.path {
            case "/204": return text("never", status: 204)
            case "/304": return text("never", status: 304)
            case "/stream":
                return FastCGIResponse(
                    status: 200,
                    body: .stream { writer in
                        streams.add()
                        try await writer.write("never")
                    }
                )
            case "/empty": return FastCGIResponse(status: 201)
            default: return text("12345")
            }
        }) { _, path in
            let peer = try await Peer(path)
            for (method, uri, expected) in [
                ("HEAD", "/", "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"),
                ("GET", "/204", "Status: 204 No Content\r\nContent-Type: text/plain\r\n\r\n"),
                ("GET", "/304", "Status: 304 Not Modified\r\nContent-Type: text/plain\r\n\r\n"),
                ("HEAD", "/stream", "Status: 200 OK\r\n\r\n"),
                ("GET", "/empty", "Status: 201 Created\r\nContent-Length: 0\r\n\r\n"),
            ] {
                peer.ask(1, method, uri)
                #expect(try await peer.whole().stdout == expected)
            }
            #expect(streams.value == 0)
        }
    }

    @Test func aLargeBodyArrivesWhole() async throws {
        let sizes = [16_383, 16_384, 16_385, 65_528, 65_529, 1_000_000]
        try await serving({ request in
            text(String(repeating: "b", count: Int(request.target.query ?? "") ?? 0))
        }) { _, path in
            let peer = try await Peer(path)
            for size in sizes {
                peer.ask(1, "GET", "/?\(size)")
                let answer = try await peer.whole()
                #expect(answer.body.utf8.count == size)
                #expect(answer.ends.count == 1)
            }
        }
    }

    @Test func whatCannotBeSentIsA500() async throws {
        try await serving({ request in
            var response = text("secret")
            switch request.target.path {
            case "/cr": response.headers.add("X", "a\r\nSet-Cookie: b")
            case "/nul": response.headers.add("X", "a\0")
            case "/latin": response.headers.add("X", "ä")
            case "/name": response.headers.add("X Y", "a")
            case "/length": response.headers.add("content-length", "3")
            case "/status": response.headers.add("Status", "200")
            case "/long": response.headers.add("X", String(repeating: "a", count: 4_000))
            case "/code": response.status = 99
            default: response.headers.add("X", String(repeating: "a", count: 3_900))
            }
            return response
        }) { _, path in
            let peer = try await Peer(path)
            for uri in ["/cr", "/nul", "/latin", "/name", "/length", "/status", "/long", "/code"] {
                peer.ask(1, "GET", uri)
                let answer = try await peer.whole()
                #expect(answer.status == "Status: 500 Internal Server Error")
                #expect(!answer.stdout.contains("secret") && !answer.stdout.contains("Set-Cookie"))
            }
            peer.ask(1, "GET", "/fits")
            #expect(try await peer.whole().status == "Status: 200 OK")
        }
    }

    @Test func aMalformedRequestIsAProblemAndTheConnectionGoesOn() async throws {
        let served = Count()
        try await serving({ _ in
            served.add()
            return text("x")
        }) { _, path in
            let peer = try await Peer(path)
            peer.ask(1, "GET", "/", more: [("HTTP_AUTHORIZATION", "a"), ("HTTP_AUTHORIZATION", "b")])
            let json =
                #"{"type":"about:blank","title":"Bad Request","status":400,"#
                + #""detail":"HTTP_AUTHORIZATION is given more than once."}"#
            let head =
                "Status: 400 Bad Request\r\nContent-Type: application/problem+json\r\n"
                + "Content-Length: \(json.utf8.count)\r\n\r\n"
            #expect(try await peer.whole().stdout == head + json)
            for (method, uri) in [
                ("", "/"), ("GE T", "/"), ("GET", ""), ("GET", "*"), ("GET", "a"), ("GET", "/a\r\nb"), ("GET", "/ "),
            ] {
                peer.ask(1, method, uri)
                #expect(try await peer.whole().status == "Status: 400 Bad Request")
            }
            peer.ask(1, "POST", "/", more: [("CONTENT_LENGTH", "7")])
            #expect(try await peer.whole().status == "Status: 400 Bad Request")
            #expect(served.value == 0)
            peer.ask()
            #expect(try await peer.whole().status == "Status: 200 OK")
        }
    }

    @Test func aFramingErrorClosesThatConnectionOnly() async throws {
        let gate = Gate()
        try await serving({ _ in
            await gate.pass()
            return text("x")
        }) { server, path in
            let good = try await Peer(path)
            let bad = try await Peer(path)
            good.ask()
            bad.ask()
            try await eventually { gate.waiting == 2 }
            bad.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            try await eventually { bad.isClosed }
            try await eventually { gate.cancelled == 1 }
            gate.open()
            #expect(try await good.whole().body == "x")
            #expect(bad.answer() == Peer.Answer())
            try await eventually { server.counters == FastCGIServerCounters(connections: 1, requestsInFlight: 0) }
        }
    }

    @Test func valuesAreToldInTheMiddleOfARequest() async throws {
        let gate = Gate()
        try await serving({ _ in
            await gate.pass()
            return text("x")
        }) { _, path in
            let peer = try await Peer(path)
            peer.ask()
            var ask = ByteBuffer()
            ask.writeFastCGIGetValues(["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "OTHER"])
            peer.send(ask)
            try await eventually { !peer.values.isEmpty }
            #expect(peer.values == [["FCGI_MAX_CONNS": "8192", "FCGI_MAX_REQS": "128", "FCGI_MPXS_CONNS": "1"]])
            gate.open()
            #expect(try await peer.whole().body == "x")
        }
    }

    @Test func aConnectionThatIsNotKeptCloses() async throws {
        try await serving({ _ in text("x") }) { server, path in
            let peer = try await Peer(path)
            peer.ask(keep: false)
            #expect(try await peer.whole().body == "x")
            try await eventually { peer.isClosed }
            try await eventually { server.counters.connections == 0 }
        }
    }

    @Test func aHalfClosedPeerGetsItsAnswer() async throws {
        let gate = Gate()
        try await serving({ _ in
            await gate.pass()
            return text("x")
        }) { _, path in
            let whole = try await Peer(path)
            whole.ask()
            try await eventually { gate.waiting == 1 }
            try await whole.halfClose()
            let half = try await Peer(path)
            half.send(head(1, "POST", length: 3))
            try await eventually { gate.waiting == 2 }
            try await half.halfClose()
            try await eventually { half.isClosed }
            try await eventually { gate.cancelled == 1 }
            gate.open()
            #expect(try await whole.whole().body == "x")
            try await eventually { whole.isClosed }
            #expect(half.answer() == Peer.Answer())
        }
    }
}
