import Crypto
import NIOCore
import SessionCore

extension Idempotency {
    /// 1 to 128 printable ASCII characters.
    static func isValid(_ key: String) -> Bool {
        let length = key.utf8.count
        return length > 0 && length <= APILimits.idempotencyKeyLength
            && key.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    }

    /// `target` is the path, and the query as far as it means anything, in one canonical spelling: what was asked is
    /// the SHA-256 of `method SP target LF body`.
    init(key: String, method: Method, target: String, body: ByteBuffer) {
        var asked = SHA256()
        asked.update(data: Array("\(method.rawValue) \(target)\n".utf8))
        body.withUnsafeReadableBytes { asked.update(bufferPointer: $0) }
        self.init(
            keyHash: Self.keyHash(key),
            bodyHash: Self.hexadecimal(asked.finalize()))
    }

    static func keyHash(_ key: String) -> String { hexadecimal(SHA256.hash(data: Array(key.utf8))) }

    private static func hexadecimal(_ digest: SHA256.Digest) -> String {
        String(unsafeUninitializedCapacity: SHA256.byteCount * 2) { output in
            for (index, byte) in digest.enumerated() {
                output[index * 2] = Hexadecimal.digit(byte >> 4)
                output[index * 2 + 1] = Hexadecimal.digit(byte & 0xf)
            }
            return SHA256.byteCount * 2
        }
    }
}

enum Hexadecimal {
    /// The lower-case digit of a value below 16.
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
    }

    static func isLowerDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
