import NIOCore
import Testing

@testable import FastCGI

/// What is written, byte for byte.
@Suite struct EncoderTests {
    private func bytes(_ write: (inout ByteBuffer) -> Void) -> [UInt8] {
        var buffer = ByteBuffer()
        write(&buffer)
        return Array(buffer.readableBytesView)
    }

    @Test func recordsAreWrittenByteForByte() {
        #expect(
            self.bytes { $0.writeFastCGIBeginRequest(requestID: 0x1234, keepConnection: true) }
                == [1, 1, 0x12, 0x34, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
        )
        #expect(
            self.bytes { $0.writeFastCGIBeginRequest(requestID: 1, role: .filter, keepConnection: false) }
                == [1, 1, 0, 1, 0, 8, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0]
        )
        #expect(self.bytes { $0.writeFastCGIAbortRequest(requestID: 7) } == [1, 2, 0, 7, 0, 0, 0, 0])
        #expect(
            self.bytes { $0.writeFastCGIEndRequest(requestID: 7, status: .unknownRole, appStatus: 258) }
                == [1, 3, 0, 7, 0, 8, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0]
        )
        #expect(
            self.bytes { $0.writeFastCGIUnknownType(200) } == [1, 11, 0, 0, 0, 8, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0]
        )
        #expect(
            self.bytes { $0.writeFastCGIParameters(requestID: 1, [("A", "bc")]) }
                == [1, 4, 0, 1, 0, 5, 0, 0, 1, 2, 65, 98, 99] + [1, 4, 0, 1, 0, 0, 0, 0]
        )
        #expect(self.bytes { $0.writeFastCGIGetValues(["X"]) } == [1, 9, 0, 0, 0, 3, 0, 0, 1, 0, 88])
    }

    @Test func aLengthOf128TakesFourBytes() {
        let value = String(repeating: "v", count: 128)
        let written = self.bytes { $0.writeFastCGIPair(name: "N", value: value) }
        #expect(written.prefix(6) == [1, 0x80, 0, 0, 128, 78])
        #expect(
            self.bytes { $0.writeFastCGIPair(name: "N", value: String(value.dropLast())) }.prefix(3) == [1, 127, 78]
        )
    }

    @Test func aLongStreamIsCutIntoRecordsOf65528Bytes() throws {
        let body = ByteBuffer(repeating: 7, count: 2 * 65_528 + 1)
        var buffer = ByteBuffer()
        buffer.writeFastCGIStream(.stdout, requestID: 3, body)
        var decoder = FastCGIClientDecoder()
        decoder.append(buffer)
        var lengths: [Int] = []
        while case .stdout(3, let part)? = try decoder.next() { lengths.append(part.readableBytes) }
        #expect(lengths == [65_528, 65_528, 1])
    }

    @Test func whatTheServerWritesTheClientReads() throws {
        var buffer = ByteBuffer()
        buffer.writeFastCGIStream(.stdout, requestID: 3, ByteBuffer(string: "x"))
        buffer.writeFastCGIStream(.stderr, requestID: 3, ByteBuffer(string: "y"))
        buffer.writeFastCGIStreamEnd(.stdout, requestID: 3)
        buffer.writeFastCGIEndRequest(requestID: 3, appStatus: 5)
        buffer.writeFastCGIValues(.getValuesResult, [("A", "1"), ("B", "")])
        buffer.writeFastCGIUnknownType(77)
        var decoder = FastCGIClientDecoder()
        var messages: [FastCGIClientMessage] = []
        for byte in buffer.readableBytesView {
            decoder.append(ByteBuffer(bytes: [byte]))
            while let message = try decoder.next() { messages.append(message) }
        }
        #expect(
            messages == [
                .stdout(requestID: 3, ByteBuffer(string: "x")), .stderr(requestID: 3, ByteBuffer(string: "y")),
                .stdout(requestID: 3, ByteBuffer()), .end(requestID: 3, status: .requestComplete, appStatus: 5),
                .values(["A": "1", "B": ""]), .unknownType(77),
            ]
        )
    }

    @Test func aClientRefusesWhatAnApplicationNeverSends() {
        for (bytes, error) in [
            (begin(), FastCGIFramingError.unexpectedType(1)),
            (record(3, [0]), .contentLength(type: 3, length: 1)),
            (record(11, id: 0, [0]), .contentLength(type: 11, length: 1)),
            (record(10, id: 0, [200]), .malformedValues),
        ] {
            var decoder = FastCGIClientDecoder()
            decoder.append(ByteBuffer(bytes: bytes))
            #expect(throws: error) { try decoder.next() }
        }
    }
}
