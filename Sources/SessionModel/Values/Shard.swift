/// One slot of Redis, one log, one SQLite file, one flusher: the unit that everything belongs to.
public struct Shard: Hashable, Sendable, Comparable {
    public let number: UInt16

    public init(number: UInt16) { self.number = number }

    public static func < (left: Shard, right: Shard) -> Bool { left.number < right.number }
}

/// How many shards the data was created with: 1 to 16,384, one for each slot of a Redis Cluster at most.
public struct ShardCount: Hashable, Sendable {
    public static let limit = 16_384
    public let value: Int

    public init?(_ value: Int) {
        guard (1...Self.limit).contains(value) else { return nil }
        self.value = value
    }

    public var all: [Shard] { (0..<value).map { Shard(number: UInt16($0)) } }

    public func contains(_ shard: Shard) -> Bool { Int(shard.number) < value }

    /// The shard of everything that belongs to `user`: `crc16(user id) mod shards`.
    public func shard(of user: UserID) -> Shard {
        Shard(number: UInt16(Int(CRC16.checksum(user.text.utf8)) % value))
    }
}

/// CRC-16/XMODEM: the checksum Redis Cluster finds a key's slot by ("Redis cluster specification", appendix A).
enum CRC16 {
    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt16 {
        bytes.reduce(0) { crc, byte in crc << 8 ^ table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)] }
    }
}
