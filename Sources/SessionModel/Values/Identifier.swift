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
    public init?(_ text: some Collection<UInt8>) {
        guard text.count == UUIDText.length else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var position = 0
        var digits = 0
        for byte in text {
            if UUIDText.isDash(position) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let value = UUIDText.value(of: byte) else { return nil }
                if digits < 16 { halves.high = halves.high << 4 | value } else { halves.low = halves.low << 4 | value }
                digits += 1
            }
            position += 1
        }
        self.init(high: halves.high, low: halves.low)
    }

    public init?(_ text: some StringProtocol) {
        self.init(Array(text.utf8))
    }

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
    private func write(to bytes: UnsafeMutableBufferPointer<UInt8>) {
        var position = 0
        for digit in 0..<32 {
            if UUIDText.isDash(position) {
                bytes[position] = UInt8(ascii: "-")
                position += 1
            }
            let half = digit < 16 ? high : low
            let value = UInt8(truncatingIfNeeded: half >> UInt64((15 - digit & 15) * 4)) & 0xf
            bytes[position] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            position += 1
        }
    }
}

private enum UUIDText {
    static let length = 36

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
