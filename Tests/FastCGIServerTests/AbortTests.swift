import FastCGI
import FastCGIServer
import NIOCore
import Testing

/// Who goes away cancels only what is waited for on his account.
@Suite struct AbortTests {
    private func abort(_ id: UInt16) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeFastCGIAbortRequest(requestID: id)
        return bytes
    }

    @Test func anAbortedRequestGetsOneEndAndNothingAfterIt() async throws {
        let gate = Gate()
        try await serving({ request in
            if request.target.path == "/stubborn" {
                while gate.waiting < 100 { try? await Task.sleep(for: .milliseconds(1)); if Task.isCancelled { break } }
                return text("too late")
            }
            await gate.pass()
            return text("late")
        }) { server, path in
            let peer = try await Peer(path)
            peer.ask(1)
            peer.ask(2, "GET", "/stubborn")
            try await eventually { server.counters.requestsInFlight == 2 }
            peer.send(self.abort(1))
            peer.send(self.abort(2))
            peer.send(self.abort(2))
            try await eventually { server.counters.requestsInFlight == 0 }
            #expect(gate.cancelled == 1)
            // What follows was sent after anything that the aborted ones could still send.
            gate.open()
            peer.ask(3)
            #expect(try await peer.whole(3).body == "late")
            for id in [UInt16(1), 2] { #expect(peer.answer(id) == Peer.Answer(ends: [.requestComplete])) }
        }
    }

    @Test func aBodyThatNoLongerComesIsAborted() async throws {
        let errors = Count()
        try await serving({ request in
            do throws(FastCGIBodyError) {
                _ = try await request.body.collect(upTo: 1_000)
            } catch {
                if error == .aborted { errors.add() }
            }
            return text("x")
        }) { server, path in
            let peer = try await Peer(path)
            peer.send(head(1, "POST", length: 10))
            try await eventually { server.counters.requestsInFlight == 1 }
            peer.send(self.abort(1))
            try await eventually { errors.value == 1 }
            peer.send(head(2, "POST", length: 10))
            try await eventually { server.counters.requestsInFlight == 1 }
            await peer.close()
            try await eventually { errors.value == 2 }
            try await eventually { server.counters == FastCGIServerCounters(connections: 0, requestsInFlight: 0) }
        }
    }

    @Test func aPeerThatGoesAwayCancelsAllItsRequests() async throws {
        let gate = Gate()
        try await serving({ _ in
            await gate.pass()
            return text("x")
        }) { server, path in
            let peer = try await Peer(path)
            for id in 1...5 { peer.ask(UInt16(id)) }
            try await eventually { gate.waiting == 5 }
            await peer.close()
            try await eventually { gate.cancelled == 5 }
            try await eventually { server.counters == FastCGIServerCounters(connections: 0, requestsInFlight: 0) }
        }
    }

    @Test func cancellingTheReadingTaskEndsTheWait() async throws {
        try await serving({ request in
            let reading = Task { () -> FastCGIBodyError? in
                do throws(FastCGIBodyError) {
                    _ = try await request.body.collect(upTo: 1_000)
                    return nil
                } catch {
                    return error
                }
            }
            reading.cancel()
            return text("\(await reading.value.map { "\($0)" } ?? "no error")")
        }) { _, path in
            let peer = try await Peer(path)
            peer.send(head(1, "POST", length: 10))
            #expect(try await peer.whole().body == "aborted")
        }
    }

    @Test func everyAnswerIsItsOwnRequestsWhileOthersAbort() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = Seeded(seed)
        let comment = Comment(rawValue: "seed \(seed)")
        try await serving({ request in
            let body = (try? await request.body.collect(upTo: 1 << 20)) ?? ByteBuffer()
            // Some answer at once, some later, in any order.
            for _ in 0..<(body.readableBytes % 7) { await Task.yield() }
            return text("\(request.target.query ?? "") \(checksum(body))")
        }) { server, path in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    var own = Seeded(random.next())
                    group.addTask {
                        let peer = try await Peer(path)
                        for round in 0..<150 {
                            var expected: [UInt16: String] = [:]
                            var aborted: Set<UInt16> = []
                            var queues: [[ByteBuffer]] = []
                            for id in UInt16(1)...6 {
                                let body = ByteBuffer(
                                    bytes: (0..<Int.random(in: 0...3_000, using: &own)).map { _ in
                                        UInt8.random(in: 0...255, using: &own)
                                    }
                                )
                                var queue = [head(id, "POST", "/?\(round).\(id)", length: body.readableBytes)]
                                var rest = body
                                while rest.readableBytes > 0,
                                    let part = rest.readSlice(
                                        length: min(rest.readableBytes, Int.random(in: 1...900, using: &own)))
                                {
                                    var bytes = ByteBuffer()
                                    bytes.writeFastCGIStream(.stdin, requestID: id, part)
                                    queue.append(bytes)
                                }
                                if Bool.random(using: &own), Bool.random(using: &own) {
                                    queue = Array(queue.prefix(Int.random(in: 1...queue.count, using: &own)))
                                    queue.append(self.abort(id))
                                    aborted.insert(id)
                                } else {
                                    var bytes = ByteBuffer()
                                    bytes.writeFastCGIStreamEnd(.stdin, requestID: id)
                                    queue.append(bytes)
                                }
                                expected[id] = "\(round).\(id) \(checksum(body))"
                                queues.append(queue)
                            }
                            while !queues.isEmpty {
                                let index = Int.random(in: 0..<queues.count, using: &own)
                                peer.send(queues[index].removeFirst())
                                if queues[index].isEmpty { queues.remove(at: index) }
                            }
                            for id in UInt16(1)...6 {
                                let answer = try await peer.whole(id)
                                #expect(answer.ends == [.requestComplete], comment)
                                if !aborted.contains(id) { #expect(answer.body == expected[id], comment) }
                            }
                        }
                        #expect(peer.error == nil, comment)
                        await peer.close()
                    }
                }
                try await group.waitForAll()
            }
            try await eventually { server.counters == FastCGIServerCounters(connections: 0, requestsInFlight: 0) }
        }
    }
}

/// FNV-1a.
func checksum(_ bytes: ByteBuffer) -> UInt64 {
    bytes.readableBytesView.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

/// SplitMix64: the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
