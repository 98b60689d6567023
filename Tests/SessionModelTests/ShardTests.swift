import Testing

@testable import SessionModel

@Suite struct ShardTests {
    /// Redis Cluster specification, appendix A; and slots as CLUSTER KEYSLOT tells them.
    @Test func theChecksumIsRedisClusters() {
        #expect(CRC16.checksum("123456789".utf8) == 0x31c3)
        #expect(CRC16.checksum("".utf8) == 0)
        #expect(CRC16.checksum("foo".utf8) % 16_384 == 12_182)
        #expect(CRC16.checksum("bar".utf8) % 16_384 == 5_061)
    }

    @Test func aCountIsBounded() {
        for value in [0, -1, 16_385, .max, .min] { #expect(ShardCount(value) == nil) }
        #expect(ShardCount(1)?.all == [Shard(number: 0)])
        #expect(ShardCount(16_384)?.all.count == 16_384)
        #expect(ShardCount(16)?.contains(Shard(number: 15)) == true)
        #expect(ShardCount(16)?.contains(Shard(number: 16)) == false)
    }

    @Test func everyUserHasOneShardAndTheyAreSpread() throws {
        let shards = try #require(ShardCount(16))
        var counts = [Int](repeating: 0, count: 16)
        for number in 0..<1600 { counts[Int(shards.shard(of: try #require(UserID("user-\(number)"))).number)] += 1 }
        #expect(counts.allSatisfy { $0 > 40 }, "\(counts)")
        let user = try #require(UserID("123456789"))
        #expect(shards.shard(of: user).number == 0x31c3 % 16)
        #expect(ShardCount(1)?.shard(of: user).number == 0)
    }
}
