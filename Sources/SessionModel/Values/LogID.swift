/// The id of an entry in a shard's write-behind log: a Redis stream id, `<milliseconds>-<sequence>`.
public struct LogID: Hashable, Sendable, Comparable {
    public let milliseconds: UInt64
    public let sequence: UInt64

    /// Before every entry: the cursor of a log of which nothing was applied.
    public static let zero = LogID(milliseconds: 0, sequence: 0)
    /// Behind every entry that there can be.
    public static let last = LogID(milliseconds: .max, sequence: .max)

    public init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// Nil unless `text` is two decimal numbers of 64 bits with a dash between them.
    @inlinable public init?(_ text: some StringProtocol) {
        let id =
            text.utf8.withContiguousStorageIfAvailable { LogID(bytes: UnsafeRawBufferPointer($0)) }
            ?? Array(text.utf8).withUnsafeBytes { LogID(bytes: $0) }
        guard let id else { return nil }
        self = id
    }

    /// As the other, of bytes where they lie.
    public init?(bytes: UnsafeRawBufferPointer) {
        var numbers: (UInt64, UInt64) = (0, 0)
        var (digits, isSecond) = (0, false)
        for byte in bytes {
            if byte == UInt8(ascii: "-"), !isSecond, digits > 0 {
                numbers.0 = numbers.1
                (numbers.1, digits, isSecond) = (0, 0, true)
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (tenfold, isOver) = numbers.1.multipliedReportingOverflow(by: 10)
            let (sum, isOverAfter) = tenfold.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !isOver, !isOverAfter else { return nil }
            numbers.1 = sum
            digits += 1
        }
        guard isSecond, digits > 0 else { return nil }
        self.init(milliseconds: numbers.0, sequence: numbers.1)
    }

    /// Milliseconds since the entry was made, by the same clock; 0 where that is in the future.
    public func age(at now: Timestamp) -> Int64 { max(now.milliseconds - Int64(clamping: milliseconds), 0) }

    public static func < (left: LogID, right: LogID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }
}

extension LogID: CustomStringConvertible {
    public var description: String { "\(milliseconds)-\(sequence)" }
}

/// Names a write in its answer's `Write-Id`, and later asks whether SQLite has it: `<shard>-<log id>`.
public struct WriteID: Hashable, Sendable {
    public let shard: Shard
    public let log: LogID

    public init(shard: Shard, log: LogID) {
        self.shard = shard
        self.log = log
    }

    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let number = UInt64(decimal: parts[0]), let shard = UInt16(exactly: number),
            let log = LogID(parts[1])
        else { return nil }
        self.init(shard: Shard(number: shard), log: log)
    }
}

extension WriteID: CustomStringConvertible {
    public var description: String { "\(shard.number)-\(log)" }
}

extension UInt64 {
    /// Nil unless `text` is digits only (no sign, at least one) that fit into 64 bits.
    init?(decimal text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        self.init(text)
    }
}
