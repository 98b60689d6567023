#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension String {
    /// Nil unless `bytes` are UTF-8. As `String(validating:as:)`, which looks at one scalar after the other, and much slower.
    ///
    /// What is repaired is no longer the same bytes.
    public init?(utf8 bytes: [UInt8]) {
        var text = String(decoding: bytes, as: UTF8.self)
        let isSame = text.withUTF8 { text in
            text.count == bytes.count
                && bytes.withUnsafeBytes { bytes in
                    guard let left = text.baseAddress, let right = bytes.baseAddress else { return true }
                    return memcmp(left, right, bytes.count) == 0
                }
        }
        guard isSame else { return nil }
        self = text
    }
}
