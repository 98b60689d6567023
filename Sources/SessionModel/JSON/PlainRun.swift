extension UnsafeRawBufferPointer {
    /// Where a run of bytes ends that stand in a JSON string as they are, and are ASCII: no control character, no `"`, no `\`.
    /// Eight at a time, by the tests for a byte's value in "Bit Twiddling Hacks" (S. E. Anderson); so it may end up to seven
    /// bytes early.
    func endOfPlainRun(from start: Int) -> Int {
        var position = start
        while position + 8 <= count {
            let word = loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let quotes = word ^ 0x2222_2222_2222_2222
            let slashes = word ^ 0x5c5c_5c5c_5c5c_5c5c
            let found =
                word | (word &- 0x2020_2020_2020_2020) & ~word
                | (quotes &- 0x0101_0101_0101_0101) & ~quotes | (slashes &- 0x0101_0101_0101_0101) & ~slashes
            guard found & 0x8080_8080_8080_8080 == 0 else { break }
            position += 8
        }
        return position
    }
}
