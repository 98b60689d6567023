import NIOCore
import Testing

@testable import FastCGI

@Suite struct ParametersTests {
    private func parse(_ bytes: [UInt8], limits: FastCGILimits = FastCGILimits()) throws(FastCGIMalformation)
        -> FastCGIParameters
    {
        // Not at the buffer's beginning, as a record's content never is.
        var buffer = ByteBuffer(bytes: [0, 0, 0] + bytes)
        buffer.moveReaderIndex(forwardBy: 3)
        return try FastCGIParameters(parsing: buffer, limits: limits)
    }

    @Test func valuesAreFoundByName() throws {
        let long = String(repeating: "x", count: 300)
        let parameters = try self.parse(
            pair("A", "") + pair("REQUEST_URI", "/ä") + pair("LONG", long) + pair("SHORT", "s", long: true)
                + pair("", "e")
        )
        #expect(parameters.count == 5)
        #expect(parameters["A"] == "")
        #expect(parameters["REQUEST_URI"] == "/ä")
        #expect(parameters["LONG"] == long)
        #expect(parameters["SHORT"] == "s")
        #expect(parameters[""] == "e")
        #expect(parameters["B"] == nil)
        #expect(parameters["a"] == nil)
    }

    @Test func theHeaderProxyIsDropped() throws {
        let parameters = try self.parse(
            pair("HTTP_PROXY", "http://evil") + pair("HTTP_PROXY", "x") + pair("HTTP_PROXI", "y"))
        #expect(parameters["HTTP_PROXY"] == nil)
        #expect(parameters["HTTP_PROXI"] == "y")
        #expect(parameters.count == 1)
    }

    @Test(arguments: FastCGIParameters.Critical.allCases)
    func aParameterThatDecidesMayNotComeTwice(_ name: FastCGIParameters.Critical) throws {
        #expect(try self.parse(pair(name.rawValue, "1"))[name.rawValue] == "1")
        #expect(throws: FastCGIMalformation.duplicate(name)) {
            try self.parse(pair(name.rawValue, "1") + pair("X", "") + pair(name.rawValue, "1"))
        }
    }

    @Test func otherDoublesAreJoined() throws {
        let parameters = try self.parse(
            pair("HTTP_X", "a") + pair("HTTP_Y", "b") + pair("HTTP_X", "c") + pair("HTTP_X", ""))
        #expect(parameters["HTTP_X"] == "a, c, ")
        #expect(parameters["HTTP_Y"] == "b")
    }

    @Test func aStreamThatEndsInsideAPairIsMalformed() throws {
        let whole = pair("NAME", "value") + pair("SECOND", String(repeating: "v", count: 200))
        for length in 1..<whole.count where length != pair("NAME", "value").count {
            #expect(throws: FastCGIMalformation.truncatedPair) { try self.parse(Array(whole.prefix(length))) }
        }
        #expect(try self.parse(whole).count == 2)
    }

    @Test func aLengthIsAClaimThatNothingBelieves() {
        for claim in [
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 1], [5, 0xFF, 0xFF, 0xFF, 0xFE],
        ] as [[UInt8]] {
            #expect(throws: FastCGIMalformation.truncatedPair) {
                try self.parse(claim + Array(repeating: 65, count: 40))
            }
        }
    }

    @Test func thereIsALimitOfPairsAndOfBytes() throws {
        var limits = FastCGILimits()
        let full = (0..<limits.parameters).flatMap { pair("N\($0)", "") }
        #expect(try self.parse(full).count == 256)
        #expect(throws: FastCGIMalformation.tooManyParameters) { try self.parse(full + pair("X", "")) }
        limits.parametersBytes = 10
        #expect(try self.parse(pair("1234", "1234"), limits: limits).count == 1)
        #expect(throws: FastCGIMalformation.tooLong) { try self.parse(pair("1234", "12345"), limits: limits) }
    }

    @Test func droppedPairsCountTowardsTheLimit() {
        let many = (0...256).flatMap { _ in pair("HTTP_PROXY", "") }
        #expect(throws: FastCGIMalformation.tooManyParameters) { try self.parse(many) }
    }

    @Test(arguments: [("", nil), ("0", 0), ("00012", 12), ("9223372036854775807", Int.max)] as [(String, Int?)])
    func contentLengthIsANumber(text: String, expected: Int?) throws {
        #expect(try self.parse(pair("CONTENT_LENGTH", text)).contentLength() == expected)
    }

    @Test(arguments: [
        "-1", "+1", " 1", "1 ", "0x1", "1,1", "9223372036854775808", "9999999999999999999", "00000000000000000001", "١",
    ])
    func whatIsNoNumberIsMalformed(text: String) throws {
        let parameters = try self.parse(pair("CONTENT_LENGTH", text))
        #expect(throws: FastCGIMalformation.contentLength) { try parameters.contentLength() }
    }

    @Test func anAbsentContentLengthIsNoLength() throws {
        #expect(try self.parse(pair("X", "1")).contentLength() == nil)
    }

    @Test func bytesThatAreNotTextAreNotLost() throws {
        let parameters = try self.parse([1, 2, 65, 0xFF, 0xFE])
        #expect(parameters["A"] == "\u{FFFD}\u{FFFD}")
        #expect(parameters.value("A").map { Array($0.readableBytesView) } == [0xFF, 0xFE])
    }
}
