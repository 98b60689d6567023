import NIOCore
import Testing

@testable import FastCGI

/// What a connection does, record by record (FastCGI 1.0).
@Suite struct ServerStateTests {
    private let get = ["REQUEST_METHOD": "GET", "REQUEST_URI": "/"]

    @Test func aRequestIsToldInOrder() {
        var driver = Driver()
        let bytes = request([("REQUEST_METHOD", "POST"), ("CONTENT_LENGTH", "5")], body: "hello")
        #expect(
            driver.feed(bytes) == [
                .request(1, ["REQUEST_METHOD": "POST", "CONTENT_LENGTH": "5"], 5), .body(1, "hello"),
                .bodyEnd(1, .whole),
            ]
        )
        #expect(driver.takeOutput().isEmpty)
    }

    @Test func aConversationMeansTheSameHoweverItIsCut() {
        let bytes =
            request(id: 1, padding: 3)
            + record(9, id: 0, pair("FCGI_MPXS_CONNS", ""), padding: 5)
            + begin(id: 3, padding: 7) + begin(id: 4, role: 2, padding: 255) + record(99, id: 0, [1], padding: 1)
            + record(4, id: 3, pair("CONTENT_LENGTH", "4"), padding: 9) + record(4, id: 4, [1, 2])
            + record(4, id: 3) + begin(id: 5) + record(5, id: 3, Array("ab".utf8)) + record(2, id: 5, padding: 8)
            + record(5, id: 3, Array("cd".utf8), padding: 2) + record(5, id: 3, padding: 6)
            + request(id: 6, [("CONTENT_LENGTH", "x")])
        var whole = Driver()
        let happenings = whole.feed(bytes)
        let output = whole.takeOutput()
        #expect(
            happenings == [
                .request(1, self.get, nil), .bodyEnd(1, .whole), .request(3, ["CONTENT_LENGTH": "4"], 4),
                .body(3, "ab"), .aborted(5), .body(3, "cd"), .bodyEnd(3, .whole),
                .refused(6, .malformed(.contentLength)),
            ]
        )
        for chunk in 1..<bytes.count {
            var driver = Driver()
            // "ab" and "cd" are joined only where nothing happened between them.
            #expect(driver.feed(bytes, chunk: chunk) == happenings)
            #expect(driver.takeOutput() == output)
        }
        for split in 1..<bytes.count {
            var driver = Driver()
            let first = driver.feed(Array(bytes[..<split]))
            #expect(first + driver.feed(Array(bytes[split...])) == happenings)
        }
    }

    @Test func paramsMayBeSplitOverRecordsAtAnyByte() {
        let stream =
            pair("REQUEST_METHOD", "GET") + pair("REQUEST_URI", "/") + pair("L", String(repeating: "v", count: 300))
        for size in 1...stream.count {
            var bytes = begin()
            for start in stride(from: 0, to: stream.count, by: size) {
                bytes += record(4, Array(stream[start..<min(start + size, stream.count)]), padding: UInt8(start % 8))
            }
            var driver = Driver()
            let happenings = driver.feed(bytes + record(4))
            #expect(
                happenings == [.request(1, self.get.merging(["L": String(repeating: "v", count: 300)]) { $1 }, nil)])
        }
    }

    @Test func twoRequestsInterleave() {
        var driver = Driver()
        let a = pair("CONTENT_LENGTH", "2")
        let happenings = driver.feed(
            begin(id: 1) + begin(id: 2) + record(4, id: 2, a) + record(4, id: 1, a) + record(4, id: 1)
                + record(4, id: 2) + record(5, id: 2, [65]) + record(5, id: 1, [66]) + record(5, id: 2, [67])
                + record(5, id: 2) + record(5, id: 1, [68]) + record(5, id: 1)
        )
        #expect(
            happenings == [
                .request(1, ["CONTENT_LENGTH": "2"], 2), .request(2, ["CONTENT_LENGTH": "2"], 2),
                .body(2, "A"), .body(1, "B"), .body(2, "C"), .bodyEnd(2, .whole), .body(1, "D"), .bodyEnd(1, .whole),
            ]
        )
        // Answered in the other order.
        for id in [UInt16(2), 1] {
            if let key = driver.keys[id] {
                driver.state.write(ByteBuffer(string: "x"), for: key, to: &driver.output)
                driver.state.end(key, to: &driver.output)
            }
        }
        #expect(
            driver.takeOutput()
                == record(6, id: 2, [120]) + record(6, id: 2) + record(3, id: 2, endOfRequest)
                + record(6, id: 1, [120]) + record(6, id: 1) + record(3, id: 1, endOfRequest)
        )
        #expect(!driver.state.isFinished)
    }

    @Test func recordsOfInactiveRequestsAreIgnored() {
        var driver = Driver()
        let left = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 99].flatMap { record(UInt8($0), id: 9, [1, 2, 3], padding: 4) }
        #expect(driver.feed(left + request()) == [.request(1, self.get, nil), .bodyEnd(1, .whole)])
        #expect(driver.takeOutput().isEmpty)
    }

    @Test func otherTypesOfAnActiveRequestAreIgnored() {
        var driver = Driver()
        let odd = [3, 6, 7, 8, 9, 10, 11, 99].flatMap { record(UInt8($0), [1, 2, 3], padding: 4) }
        #expect(driver.feed(begin() + odd + record(4) + odd) == [.request(1, [:], nil)])
        #expect(driver.takeOutput().isEmpty)
    }

    @Test func aSecondBeginOfAnActiveRequestClosesTheConnection() {
        var driver = Driver()
        #expect(driver.feed(begin() + begin() + request(id: 2)) == [.failed(.requestAlreadyActive(1))])
        #expect(driver.state.isFinished)
        #expect(driver.feed(request(id: 3)).isEmpty)
    }

    @Test(arguments: [0, 7, 9, 16])
    func aBeginOfAnotherLengthClosesTheConnection(length: Int) {
        var driver = Driver()
        let bytes = record(1, Array(repeating: 1, count: length))
        #expect(driver.feed(bytes) == [.failed(.contentLength(type: 1, length: length))])
    }

    @Test func aWrongVersionClosesTheConnection() {
        var driver = Driver()
        #expect(
            driver.feed(request() + record(4, version: 2)) == [
                .request(1, self.get, nil), .bodyEnd(1, .whole), .failed(.version(2)),
            ])
        #expect(driver.state.isFinished)
    }

    @Test func streamsOutOfTheirOrderCloseTheConnection() {
        for (bytes, type) in [
            (begin() + record(5, [1]), UInt8(5)),
            (begin() + record(4) + record(4, [1]), 4),
            (request() + record(5, [1]), 5),
            (request() + record(5), 5),
            (request() + record(4), 4),
        ] {
            var driver = Driver()
            #expect(driver.feed(bytes).last == .failed(.streamOrder(type: type)))
        }
    }

    // MARK: Management

    @Test func getValuesIsAnsweredAtAnyTimeEachKnownNameOnce() {
        var driver = Driver()
        let ask = record(
            9,
            id: 0,
            pair("FCGI_MPXS_CONNS", "") + pair("UNKNOWN", "") + pair("FCGI_MAX_REQS", "x") + pair("FCGI_MPXS_CONNS", "")
                + pair("FCGI_MAX_CONNS", ""),
            padding: 3
        )
        #expect(driver.feed(begin() + ask + record(4)) == [.request(1, [:], nil)])
        #expect(
            driver.takeOutput()
                == record(
                    10,
                    id: 0,
                    pair("FCGI_MPXS_CONNS", "1") + pair("FCGI_MAX_REQS", "128") + pair("FCGI_MAX_CONNS", "8192")
                )
        )
        #expect(driver.feed(record(9, id: 0)).isEmpty)
        #expect(driver.takeOutput() == record(10, id: 0))
    }

    @Test func getValuesThatIsNoListOfPairsClosesTheConnection() {
        var driver = Driver()
        #expect(driver.feed(record(9, id: 0, [200])) == [.failed(.malformedValues)])
    }

    @Test func anyOtherManagementTypeIsUnknown() {
        for type in UInt8.min...UInt8.max where type != 9 {
            var driver = Driver()
            #expect(driver.feed(record(type, id: 0, [0, 1, 1, 0, 0, 0, 0, 0], padding: 2)).isEmpty)
            #expect(driver.takeOutput() == record(11, id: 0, [type, 0, 0, 0, 0, 0, 0, 0]))
            #expect(driver.state.activeRequests == 0)
        }
    }

    // MARK: Roles, KEEP_CONN

    @Test(arguments: [UInt8(0), 2, 3, 4, 255])
    func anyRoleButResponderIsRefused(role: UInt8) {
        var driver = Driver()
        let rest = record(4, pair("A", "b")) + record(4) + record(5) + record(2)
        #expect(driver.feed(begin(role: role) + rest).isEmpty)
        #expect(driver.takeOutput() == record(3, [0, 0, 0, 0, 3, 0, 0, 0]))
        #expect(!driver.state.isFinished)
        #expect(driver.feed(request()) == [.request(1, self.get, nil), .bodyEnd(1, .whole)])
    }

    @Test func aRoleRefusedWithoutKeepConnectionClosesIt() {
        var driver = Driver()
        #expect(driver.feed(begin(role: 2, keep: false)).isEmpty)
        #expect(driver.state.isFinished)
        #expect(driver.state.mustLinger)
    }

    @Test func theConnectionClosesAfterARequestThatDoesNotKeepIt() throws {
        var driver = Driver()
        _ = driver.feed(request(keep: false))
        #expect(!driver.state.isFinished)
        driver.state.end(try #require(driver.keys[1]), to: &driver.output)
        #expect(driver.takeOutput() == record(6) + record(3, endOfRequest))
        #expect(driver.state.isFinished)
        #expect(!driver.state.mustLinger)
    }

    @Test func theOthersAreAnsweredBeforeTheConnectionCloses() throws {
        var driver = Driver()
        _ = driver.feed(request(id: 1, keep: false) + request(id: 2))
        driver.state.end(try #require(driver.keys[1]), to: &driver.output)
        #expect(!driver.state.isFinished)
        #expect(driver.feed(request(id: 3)) == [.refused(3, .overloaded)])
        driver.state.end(try #require(driver.keys[3]), to: &driver.output)
        driver.state.end(try #require(driver.keys[2]), to: &driver.output)
        #expect(driver.state.isFinished)
    }

    // MARK: Abort

    @Test func anAbortedRequestGetsExactlyOneEnd() throws {
        // In PARAMS, in STDIN, and after both.
        for begun in [begin(), begin() + record(4, pair("A", "b")), begin() + record(4), request()] {
            var driver = Driver()
            _ = driver.feed(begun)
            let key = driver.keys[1]
            #expect(driver.feed(record(2, padding: 3) + record(2) + record(5, [1])) == [.aborted(1)])
            #expect(driver.takeOutput() == record(3, endOfRequest))
            if let key {
                #expect(!driver.state.write(ByteBuffer(string: "late"), for: key, to: &driver.output))
                #expect(!driver.state.end(key, to: &driver.output))
            }
            #expect(driver.takeOutput().isEmpty)
            #expect(driver.state.activeRequests == 0)
        }
    }

    @Test func anAnswerToAnAbortedRequestNeverGoesToTheNextOfItsId() throws {
        var driver = Driver()
        _ = driver.feed(request(id: 1))
        let old = try #require(driver.keys[1])
        _ = driver.feed(record(2) + request(id: 1))
        let new = try #require(driver.keys[1])
        _ = driver.takeOutput()
        #expect(!driver.state.write(ByteBuffer(string: "old"), for: old, to: &driver.output))
        #expect(!driver.state.end(old, to: &driver.output))
        #expect(driver.takeOutput().isEmpty)
        #expect(driver.state.end(new, to: &driver.output))
        #expect(driver.takeOutput() == record(6) + record(3, endOfRequest))
    }

    @Test func anAbortThatMeetsTheEndIsIgnored() throws {
        var driver = Driver()
        _ = driver.feed(request())
        driver.state.end(try #require(driver.keys[1]), to: &driver.output)
        _ = driver.takeOutput()
        #expect(driver.feed(record(2)).isEmpty)
        #expect(driver.takeOutput().isEmpty)
    }

    @Test func whatIsLeftOfARequestAnsweredEarlyIsIgnored() throws {
        var driver = Driver()
        let head = begin() + record(4, pair("CONTENT_LENGTH", "100")) + record(4)
        _ = driver.feed(head + record(5, [1]))
        driver.state.end(try #require(driver.keys[1]), to: &driver.output)
        let smuggled = record(5, request(id: 1, [("REQUEST_URI", "/smuggled")]))
        #expect(driver.feed(smuggled + record(5)).isEmpty)
        #expect(driver.feed(request()) == [.request(1, self.get, nil), .bodyEnd(1, .whole)])
    }

    // MARK: Bodies

    @Test func stdinOfAnotherLengthThanSaidIsAMismatch() {
        for (length, body, cut) in [("5", "hell", 4), ("5", "", 0), ("5", "hello!", 0), ("0", "x", 0)]
            as [(String, String, Int)]
        {
            var driver = Driver()
            let happenings = driver.feed(request([("CONTENT_LENGTH", length)], body: body))
            #expect(happenings.last == .bodyEnd(1, .lengthMismatch))
            #expect(happenings.count == (cut > 0 ? 3 : 2))
        }
    }

    @Test func asManyBytesAsSaidAreTheBodyAndNeverMore() {
        var driver = Driver()
        let happenings = driver.feed(
            begin() + record(4, pair("CONTENT_LENGTH", "3")) + record(4) + record(5, [65, 66, 67]) + record(5, [68])
                + record(5, [69]) + record(5)
        )
        #expect(happenings == [.request(1, ["CONTENT_LENGTH": "3"], 3), .body(1, "ABC"), .bodyEnd(1, .lengthMismatch)])
    }

    @Test func withoutALengthTheBodyEndsWithItsStream() {
        for pairs in [[("CONTENT_LENGTH", "")], []] as [[(String, String)]] {
            var driver = Driver()
            let happenings = driver.feed(request(pairs, body: "some"))
            #expect(Array(happenings.dropFirst()) == [.body(1, "some"), .bodyEnd(1, .whole)])
        }
    }

    @Test func aRequestInsideABodyIsABody() {
        let inner = request(id: 2, [("REQUEST_URI", "/smuggled")])
        let text = String(decoding: inner, as: UTF8.self)
        var driver = Driver()
        let happenings = driver.feed(request([("CONTENT_LENGTH", "\(inner.count)")], body: text))
        #expect(happenings.count == 3)
        #expect(driver.state.activeRequests == 1)
    }

    // MARK: Malformed requests

    @Test func malformedParametersAreRefusedAndTheConnectionGoesOn() {
        for (stream, malformation) in [
            ([1, 200, 65], FastCGIMalformation.truncatedPair),
            (pair("CONTENT_LENGTH", "-1"), .contentLength),
            (pair("REQUEST_URI", "/a") + pair("REQUEST_URI", "/b"), .duplicate(.requestURI)),
        ] as [([UInt8], FastCGIMalformation)] {
            var driver = Driver()
            #expect(
                driver.feed(begin() + record(4, stream) + record(4) + record(5, [1]) + record(5))
                    == [.refused(1, .malformed(malformation))]
            )
            if let key = driver.keys[1] { driver.state.end(key, to: &driver.output) }
            #expect(driver.feed(request()) == [.request(1, self.get, nil), .bodyEnd(1, .whole)])
        }
    }

    @Test func parametersOverTheirLimitAreRefusedBeforeTheyAreKept() {
        var driver = Driver()
        let part = record(4, Array(repeating: 1, count: 65_535))
        #expect(driver.feed(begin() + part).isEmpty)
        #expect(driver.feed(part) == [.refused(1, .malformed(.tooLong))])
        #expect(driver.feed(part + record(4) + record(5)).isEmpty)
    }

    // MARK: Limits

    @Test func requestsOverTheLimitOfAConnectionAreRefused() throws {
        var driver = Driver()
        for id in 1...128 { #expect(driver.feed(begin(id: UInt16(id))).isEmpty) }
        #expect(driver.feed(request(id: 129)) == [.refused(129, .overloaded)])
        driver.state.end(try #require(driver.keys[129]), to: &driver.output)
        #expect(driver.feed(record(2, id: 1)) == [.aborted(1)])
        #expect(driver.feed(request(id: 129)).first == .request(129, self.get, nil))
    }

    // MARK: The end

    @Test func aHalfClosedPeerGetsItsAnswersIfItsRequestsAreWhole() throws {
        var driver = Driver()
        _ = driver.feed(request(id: 1) + request(id: 2))
        let isGoingOn = driver.state.inputEnded()
        #expect(isGoingOn)
        driver.state.end(try #require(driver.keys[2]), to: &driver.output)
        #expect(!driver.state.isFinished)
        driver.state.end(try #require(driver.keys[1]), to: &driver.output)
        #expect(driver.state.isFinished)
    }

    @Test func aPeerThatHalfClosesInMidRequestGetsNone() {
        for bytes in [begin(), begin() + record(4), Array(request().dropLast()), request() + [1], []] {
            var driver = Driver()
            _ = driver.feed(bytes)
            let isGoingOn = driver.state.inputEnded()
            #expect(!isGoingOn)
        }
    }

    @Test func aClosingConnectionEndsWithItsLastRequest() throws {
        var driver = Driver()
        _ = driver.feed(request())
        driver.state.closeWhenIdle()
        #expect(!driver.state.isFinished)
        driver.state.end(try #require(driver.keys[1]), to: &driver.output)
        #expect(driver.state.isFinished)
        var idle = FastCGIServerState()
        idle.closeWhenIdle()
        #expect(idle.isFinished)
    }

    @Test func anAnswerThatBrokeOffIsNeverEnded() throws {
        var driver = Driver()
        _ = driver.feed(request(id: 1) + request(id: 2))
        driver.state.breakOff(try #require(driver.keys[1]), to: &driver.output)
        #expect(driver.takeOutput().isEmpty)
        #expect(!driver.state.isFinished)
        driver.state.end(try #require(driver.keys[2]), to: &driver.output)
        // The connection's last bytes are no record.
        let last = record(6, id: 2) + record(3, id: 2, endOfRequest) + Array(repeating: 0, count: 8)
        #expect(driver.takeOutput() == last)
        #expect(driver.state.isFinished)
    }

    @Test func whatIsNotWholeIsKnownToArrive() {
        for (bytes, isReceiving) in [
            ([], false), ([1], true), (begin(), true), (begin() + record(4), true), (request(), false),
            (request() + [1, 1], true), (begin(role: 2), false),
        ] as [([UInt8], Bool)] {
            var driver = Driver()
            _ = driver.feed(bytes)
            #expect(driver.state.isReceiving == isReceiving)
        }
    }
}
