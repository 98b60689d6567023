import Crypto
import Foundation
import SessionModel
import SessionTesting
import Testing

@testable import SessionCore

@Suite struct MetadataSealTests {
    private static let first = String(repeating: "A", count: 43) + "="
    private static let second = String(repeating: "B", count: 42) + "A="
    private let id = SessionID(high: 0x0196_f3c2_aaaa_7bbb, low: 0x8ccc_0000_0000_0001)
    private let plaintext = Array(#"{"page":"checkout"}"#.utf8)

    private func seal(_ ring: String = "k1 \(first)") throws -> MetadataSeal { MetadataSeal(try KeyRing(ring)) }

    @Test(arguments: [0, 1, 15, 16, 17, 65_536]) func whatWasSealedOpens(_ size: Int) throws {
        let seal = try seal()
        let plaintext = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let envelope = try seal.seal(plaintext, of: id, field: "f")
        #expect(try seal.open(envelope, of: id, field: "f") == plaintext)
        #expect(envelope.count == 2 + 2 + 12 + size + 16)
    }

    @Test func theEnvelopeIsLaidOutAsDocumented() throws {
        let envelope = try seal().seal(plaintext, of: id, field: "session_metadata")
        #expect(Array(envelope.prefix(4)) == [1, 2] + Array("k1".utf8))
        let master = SymmetricKey(data: try #require(Data(base64Encoded: Self.first)))
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, salt: Data("0196f3c2-aaaa-7bbb-8ccc-000000000001".utf8),
            info: Data("sd/metadata/v1".utf8), outputByteCount: 32)
        let box = try AES.GCM.SealedBox(
            nonce: AES.GCM.Nonce(data: envelope[4..<16]), ciphertext: envelope[16..<(envelope.count - 16)],
            tag: envelope.suffix(16))
        let data = Data([1]) + Data("0196f3c2-aaaa-7bbb-8ccc-000000000001\0session_metadata\0k1".utf8)
        #expect([UInt8](try AES.GCM.open(box, using: key, authenticating: data)) == plaintext)
    }

    @Test func itOpensOnlyWhereItWasSealed() throws {
        let seal = try seal()
        let envelope = try seal.seal(plaintext, of: id, field: "session_metadata")
        let other = SessionID(high: id.high, low: id.low ^ 1)
        #expect(throws: SealError.damaged) { try seal.open(envelope, of: other, field: "session_metadata") }
        #expect(throws: SealError.damaged) { try seal.open(envelope, of: id, field: "mission_metadata") }
        #expect(throws: SealError.damaged) { try seal.open(envelope, of: id, field: "") }
    }

    @Test func everyBitMatters() throws {
        let seal = try seal("k1 \(Self.first)\nk2 \(Self.second)")
        let envelope = try seal.seal(plaintext, of: id, field: "f")
        for index in envelope.indices {
            for bit in 0..<8 {
                var damaged = envelope
                damaged[index] ^= 1 << bit
                do {
                    _ = try seal.open(damaged, of: id, field: "f")
                    Issue.record("byte \(index), bit \(bit) doesn't matter")
                } catch .damaged {} catch .unknownKey {
                    // Only where the key's id, or how long it is, was damaged.
                    #expect((1...3).contains(index))
                }
            }
        }
    }

    @Test func aPieceOfAnEnvelopeIsNone() throws {
        let seal = try seal()
        let envelope = try seal.seal(plaintext, of: id, field: "f")
        for length in 0..<envelope.count {
            #expect(throws: SealError.self) { try seal.open(Array(envelope.prefix(length)), of: id, field: "f") }
        }
        #expect(throws: SealError.damaged) { try seal.open(envelope + [0], of: id, field: "f") }
        #expect(throws: SealError.damaged) { try seal.open([1, 255] + envelope, of: id, field: "f") }
        #expect(throws: SealError.damaged) { try seal.open([2] + envelope.dropFirst(), of: id, field: "f") }
        #expect(throws: SealError.damaged) { try seal.open([0] + envelope.dropFirst(), of: id, field: "f") }
    }

    @Test func theLastKeySealsAndAllOpen() throws {
        let old = try seal("k1 \(Self.first)")
        let both = try seal("k1 \(Self.first)\nk2 \(Self.second)")
        let new = try seal("k2 \(Self.second)")
        let before = try old.seal(plaintext, of: id, field: "f")
        let after = try both.seal(plaintext, of: id, field: "f")
        #expect(try both.open(before, of: id, field: "f") == plaintext)
        #expect(try both.open(after, of: id, field: "f") == plaintext)
        #expect(try new.open(after, of: id, field: "f") == plaintext)
        #expect(throws: SealError.unknownKey("k1")) { try new.open(before, of: id, field: "f") }
        #expect(throws: SealError.unknownKey("k2")) { try old.open(after, of: id, field: "f") }
        // The same id for another key is found out too.
        let impostor = try seal("k1 \(Self.second)")
        #expect(throws: SealError.damaged) { try impostor.open(before, of: id, field: "f") }
    }

    @Test func noNonceComesTwice() throws {
        let seal = try seal()
        var nonces = Set<ArraySlice<UInt8>>()
        for _ in 0..<100_000 { nonces.insert(try seal.seal([], of: id, field: "f")[4..<16]) }
        #expect(nonces.count == 100_000)
    }
}
