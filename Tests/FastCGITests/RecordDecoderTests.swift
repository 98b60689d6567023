import NIOCore
import Testing

@testable import FastCGI

/// Rules 1 to 4 of a record: any split, any padding, any length, one version.
@Suite struct RecordDecoderTests {
    private func decode(_ bytes: [UInt8], chunk: Int) throws -> [FastCGIRecord] {
        var decoder = FastCGIRecordDecoder()
        var records: [FastCGIRecord] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            decoder.append(ByteBuffer(bytes: rest.prefix(chunk)))
            rest = rest.dropFirst(chunk)
            while let record = try decoder.next() { records.append(record) }
        }
        return records
    }

    @Test func recordsComeOutTheSameHoweverTheBytesAreCut() throws {
        let bytes =
            begin(padding: 3) + record(4, [1, 2, 3], padding: 255) + record(4, padding: 7) + record(5, padding: 1)
            + record(99, id: 700, [9, 9], padding: 5) + record(9, id: 0)
        let whole = try self.decode(bytes, chunk: .max)
        #expect(whole.map(\.type) == [1, 4, 4, 5, 99, 9])
        #expect(whole.map(\.requestID) == [1, 1, 1, 1, 700, 0])
        #expect(whole.map { Array($0.content.readableBytesView) }[1] == [1, 2, 3])
        for chunk in 1..<bytes.count { #expect(try self.decode(bytes, chunk: chunk) == whole) }
        for split in 0...bytes.count {
            var decoder = FastCGIRecordDecoder()
            var records: [FastCGIRecord] = []
            for part in [bytes[..<split], bytes[split...]] {
                decoder.append(ByteBuffer(bytes: part))
                while let record = try decoder.next() { records.append(record) }
            }
            #expect(records == whole)
            #expect(decoder.bufferedBytes == 0)
        }
    }

    @Test func aRecordOfTheGreatestLengthIsWhole() throws {
        let content = (0..<65_535).map { UInt8(truncatingIfNeeded: $0) }
        let bytes = record(5, content, padding: 255) + record(5, [1])
        for chunk in [1_000, 65_535, 65_536, 65_798, .max] {
            let records = try self.decode(bytes, chunk: chunk)
            #expect(records.count == 2)
            #expect(records.first.map { Array($0.content.readableBytesView) } == content)
        }
    }

    @Test func keptIsNoMoreThanOneRecord() throws {
        var decoder = FastCGIRecordDecoder()
        let bytes = record(5, Array(repeating: 1, count: 65_535), padding: 255)
        var most = 0
        for _ in 0..<20 {
            for part in stride(from: 0, to: bytes.count, by: 2_048) {
                decoder.append(ByteBuffer(bytes: bytes[part..<min(part + 2_048, bytes.count)]))
                while try decoder.next() != nil {}
                most = max(most, decoder.bufferedBytes)
            }
        }
        #expect(most <= 65_798)
    }

    @Test(arguments: [UInt8(0), 2, 71, 255])
    func anotherVersionIsToldByItsFirstByte(version: UInt8) {
        var decoder = FastCGIRecordDecoder()
        decoder.append(ByteBuffer(bytes: [version]))
        #expect(throws: FastCGIFramingError.version(version)) { try decoder.next() }
    }

    @Test func aSliceGivenOutIsNotChangedByWhatFollows() throws {
        var decoder = FastCGIRecordDecoder()
        decoder.append(ByteBuffer(bytes: record(5, [1, 2, 3]) + [1, 5]))
        let first = try decoder.next()
        decoder.append(ByteBuffer(bytes: Array(record(5, [7, 7, 7]).dropFirst(2))))
        let second = try decoder.next()
        #expect(first.map { Array($0.content.readableBytesView) } == [1, 2, 3])
        #expect(second.map { Array($0.content.readableBytesView) } == [7, 7, 7])
    }
}
