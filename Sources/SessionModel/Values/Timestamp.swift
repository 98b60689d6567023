/// A moment, in milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC: `2026-11-23T09:45:15.123Z`.
public struct Timestamp: Hashable, Sendable, Comparable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Saturates instead of overflowing.
    public func adding(milliseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return Timestamp(milliseconds: overflow ? (milliseconds < 0 ? .min : .max) : sum)
    }

    /// Appends 24 bytes. Years outside 0–9999 are written as the nearest year inside.
    public func write(into output: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.textLength) { bytes in
            write(to: bytes)
            output.append(contentsOf: bytes)
        }
    }

    private static let textLength = 24

    /// `bytes` has room for the text form.
    private func write(to bytes: UnsafeMutableBufferPointer<UInt8>) {
        let clamped = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
        let (days, ofDay) = floorDivide(clamped, 86_400_000)
        let (year, month, day) = Self.date(daysSince1970: days)
        Self.digits(year, 4, to: bytes, at: 0)
        Self.digits(month, 2, to: bytes, at: 5)
        Self.digits(day, 2, to: bytes, at: 8)
        Self.digits(ofDay / 3_600_000, 2, to: bytes, at: 11)
        Self.digits(ofDay / 60_000 % 60, 2, to: bytes, at: 14)
        Self.digits(ofDay / 1000 % 60, 2, to: bytes, at: 17)
        Self.digits(ofDay % 1000, 3, to: bytes, at: 20)
        bytes[4] = UInt8(ascii: "-")
        bytes[7] = UInt8(ascii: "-")
        bytes[10] = UInt8(ascii: "T")
        bytes[13] = UInt8(ascii: ":")
        bytes[16] = UInt8(ascii: ":")
        bytes[19] = UInt8(ascii: ".")
        bytes[23] = UInt8(ascii: "Z")
    }

    /// The day that it is in: days since 1970-01-01, and as a date: `2026-11-23`.
    public var day: (number: Int64, text: String) {
        (floorDivide(milliseconds, 86_400_000).quotient, String(decoding: description.utf8.prefix(10), as: UTF8.self))
    }

    /// The proleptic Gregorian date, by the era method of "chrono-Compatible Low-Level Date Algorithms" (H. Hinnant).
    private static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let (era, dayOfEra) = floorDivide(shifted, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func digits(
        _ value: Int64, _ count: Int, to bytes: UnsafeMutableBufferPointer<UInt8>, at start: Int
    ) {
        var rest = UInt64(value.magnitude)
        for place in stride(from: start + count - 1, through: start, by: -1) {
            bytes[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

extension Timestamp {
    /// Reads the 24 bytes that ``write(into:)`` writes; nil for any other text. A day that its month doesn't have counts on
    /// into the next.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 24 else { return nil }
        for (place, mark) in zip([4, 7, 10, 13, 16, 19, 23], "--T::.Z".utf8) where bytes[place] != mark { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            bytes[range].reduce(0) { value, byte in
                guard let value, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                return value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), let fraction = number(20..<23),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        let seconds = (days * 24 + hour) * 3600 + minute * 60 + second
        self.init(milliseconds: seconds * 1000 + fraction)
    }

    /// The inverse of ``date(daysSince1970:)``, by the same method.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Timestamp: CustomStringConvertible {
    public var description: String {
        String(unsafeUninitializedCapacity: Self.textLength) { bytes in
            write(to: bytes)
            return Self.textLength
        }
    }
}
