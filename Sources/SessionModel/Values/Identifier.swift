/// The 16 bytes of a UUID (RFC 9562), tagged with the kind of thing it names, so that a chat's id cannot be
/// handed where a session's is wanted.
///
/// Its text form is the only one accepted and the only one written: 36 bytes, lower-case hexadecimal, dashes at
/// 8, 13, 18 and 23. Sessions and missions are UUIDv7 (they sort by when they were made) whose low 16 bits are the
/// number of their ``Shard``, so the id alone finds their keys.
public struct Identifier<Kind>: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil unless `text` is exactly the 36 bytes of a lower-case UUID. Any version is accepted.
    @inlinable public init?(_ text: some Collection<UInt8>) {
        let bits =
            text.withContiguousStorageIfAvailable { UUIDText.bits(UnsafeRawBufferPointer($0)) }
            ?? Array(text).withUnsafeBytes { UUIDText.bits($0) }
        guard let bits else { return nil }
        self.init(high: bits.high, low: bits.low)
    }

    @inlinable public init?(_ text: some StringProtocol) { self.init(text.utf8) }

    /// The shard whose number the low 16 bits carry.
    public var shard: Shard { Shard(number: UInt16(truncatingIfNeeded: low)) }
}

public enum SessionKind {}
public enum ChatKind {}
public enum MessageKind {}
public enum MissionKind {}
public enum HopKind {}
public enum ToolStepKind {}
public enum AssetKind {}

public typealias SessionID = Identifier<SessionKind>
public typealias ChatID = Identifier<ChatKind>
public typealias MessageID = Identifier<MessageKind>
public typealias MissionID = Identifier<MissionKind>
public typealias HopID = Identifier<HopKind>
public typealias ToolStepID = Identifier<ToolStepKind>
public typealias AssetID = Identifier<AssetKind>

extension Identifier {
    /// A new UUIDv7 in `shard`, made at `time`. 58 of its bits are random.
    public static func random(
        in shard: Shard, at time: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> Self {
        let milliseconds = UInt64(bitPattern: time.milliseconds) & 0xffff_ffff_ffff
        let high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0xfff, using: &generator)
        let random = UInt64.random(in: 0...UInt64.max, using: &generator) & 0x3fff_ffff_ffff_0000
        return Self(high: high, low: 0x8000_0000_0000_0000 | random | UInt64(shard.number))
    }
}

extension SessionID {
    /// The id of the session's chat: the same bits, as version 8 instead of 7.
    public var chat: ChatID { ChatID(high: high & ~0xf000 | 0x8000, low: low) }
}

extension ChatID {
    /// The session this chat belongs to: ``Identifier/chat`` undone. Nil for an id that no session's chat has.
    public var session: SessionID? {
        guard high & 0xf000 == 0x8000 else { return nil }
        return SessionID(high: high & ~0xf000 | 0x7000, low: low)
    }
}

extension Identifier: CustomStringConvertible {
    public var description: String {
        String(unsafeUninitializedCapacity: UUIDText.length) { bytes in
            write(to: bytes)
            return UUIDText.length
        }
    }

    /// Appends the 36 bytes of the text form.
    public func write(into output: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: UUIDText.length) { bytes in
            write(to: bytes)
            output.append(contentsOf: bytes)
        }
    }

    /// `bytes` has room for the text form.
    public func write(to bytes: UnsafeMutableBufferPointer<UInt8>) {
        UUIDText.write(high: high, low: low, to: bytes)
    }

    /// Bytes of the text form.
    public static var textLength: Int { UUIDText.length }
}

@usableFromInline enum UUIDText {
    static let length = 36

    /// What the 36 bytes of a UUID spell.
    @usableFromInline static func bits(_ text: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64)? {
        guard text.count == length else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for position in 0..<length {
            let byte = text[position]
            if isDash(position) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let value = value(of: byte) else { return nil }
                high = high << 4 | low >> 60
                low = low << 4 | value
            }
        }
        return (high, low)
    }

    static func write(high: UInt64, low: UInt64, to bytes: UnsafeMutableBufferPointer<UInt8>) {
        let output = UnsafeMutableRawBufferPointer(bytes)
        func put(_ digits: UInt64, at start: Int) {
            output.storeBytes(of: digits, toByteOffset: start, as: UInt64.self)
        }
        func put(_ digits: UInt32, at start: Int) {
            output.storeBytes(of: digits, toByteOffset: start, as: UInt32.self)
        }
        let (first, last) = (
            digits(of: UInt32(truncatingIfNeeded: high)), digits(of: UInt32(truncatingIfNeeded: low >> 32))
        )
        put(digits(of: UInt32(truncatingIfNeeded: high >> 32)), at: 0)
        put(UInt32(truncatingIfNeeded: first), at: 9)
        put(UInt32(truncatingIfNeeded: first >> 32), at: 14)
        put(UInt32(truncatingIfNeeded: last), at: 19)
        put(UInt32(truncatingIfNeeded: last >> 32), at: 24)
        put(digits(of: UInt32(truncatingIfNeeded: low)), at: 28)
        for dash in [8, 13, 18, 23] { bytes[dash] = UInt8(ascii: "-") }
    }

    /// The 8 hexadecimal digits of a number, all at once: the lowest byte is the first digit.
    private static func digits(of number: UInt32) -> UInt64 {
        var spread = UInt64(number.byteSwapped)
        spread = (spread | spread << 16) & 0x0000_ffff_0000_ffff
        spread = (spread | spread << 8) & 0x00ff_00ff_00ff_00ff
        spread = (spread >> 4 | spread << 8) & 0x0f0f_0f0f_0f0f_0f0f
        // 1 in each byte that is a letter.
        let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (spread &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian
    }

    static func isDash(_ position: Int) -> Bool {
        position == 8 || position == 13 || position == 18 || position == 23
    }

    static func value(of byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
