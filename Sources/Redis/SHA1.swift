/// SHA-1 (FIPS 180-4, section 6.1), by which Redis names scripts. For that alone: it is no longer a secure hash.
enum SHA1 {
    /// 40 lower-case hexadecimal digits.
    static func hex(_ message: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return hash(message).flatMap { word in
            stride(from: 28, through: 0, by: -4).map { digits[Int((word >> UInt32($0)) & 15)] }
        }
    }

    private static func hash(_ message: [UInt8]) -> [UInt32] {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        var padded = message
        padded.append(0x80)
        padded.append(contentsOf: repeatElement(0, count: (120 - padded.count % 64) % 64))
        let bits = UInt64(message.count) * 8
        padded.append(contentsOf: stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> $0) })
        for block in stride(from: 0, to: padded.count, by: 64) {
            add(block: padded[block..<block + 64], to: &state)
        }
        return state
    }

    private static func add(block: ArraySlice<UInt8>, to state: inout [UInt32]) {
        var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { at in
            block[at..<at + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for t in 16..<80 {
            words.append((words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16]).rotatedLeft(1))
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for (t, word) in words.enumerated() {
            let (mix, constant): (UInt32, UInt32) =
                switch t {
                case ..<20: ((b & c) | (~b & d), 0x5A82_7999)
                case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                case ..<60: ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            (a, b, c, d, e) = (a.rotatedLeft(5) &+ mix &+ e &+ constant &+ word, a, b.rotatedLeft(30), c, d)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }
}

extension UInt32 {
    fileprivate func rotatedLeft(_ bits: UInt32) -> UInt32 { self << bits | self >> (32 - bits) }
}
