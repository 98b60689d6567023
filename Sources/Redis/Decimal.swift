/// Numbers as RESP writes them.
enum Decimal {
    /// The longest header: its sign, 20 characters of a 64-bit number, CR LF.
    static let header = 1 + 20 + 2

    /// Writes `sign`, `number` and CR LF at the start of `out`, which has room for ``header``.
    /// - Returns: the bytes written.
    @discardableResult
    static func writeHeader(_ sign: UInt8, _ number: Int, to out: UnsafeMutableRawBufferPointer) -> Int {
        out[0] = sign
        var length = 1
        if number >= 0 && number < 10 {
            out[1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number)
            length = 2
        } else if number >= 10 && number < 100 {
            out[1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / 10)
            out[2] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number % 10)
            length = 3
        } else {
            withDigits(of: number) { digits in
                UnsafeMutableRawBufferPointer(rebasing: out[1...]).copyMemory(from: digits)
                length += digits.count
            }
        }
        out[length] = UInt8(ascii: "\r")
        out[length + 1] = UInt8(ascii: "\n")
        return length + 2
    }

    static func withDigits(of number: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var rest = number.magnitude
            var at = 20
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                at -= 1
                digits[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest > 0
            if number < 0 {
                at -= 1
                digits[at] = UInt8(ascii: "-")
            }
            body(UnsafeRawBufferPointer(rebasing: digits[at...]))
        }
    }

    /// The number that `digits` spell, whole and in range; nil for anything else.
    static func parse(_ digits: UnsafeRawBufferPointer) -> Int? {
        var rest = digits[...]
        let negative = rest.first == UInt8(ascii: "-")
        if negative { rest = rest.dropFirst() }
        guard !rest.isEmpty, rest.count <= 19 else { return nil }
        var number = 0
        for byte in rest {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (tens, overflowed) = number.multipliedReportingOverflow(by: 10)
            let digit = Int(byte - UInt8(ascii: "0"))
            let (next, overflowedToo) =
                negative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            guard !overflowed, !overflowedToo else { return nil }
            number = next
        }
        return number
    }
}
