import SessionModel
import Testing

@testable import SessionCore

@Suite struct BacklogGateTests {
    @Test(arguments: [1, 63, 64, 65, 16_384]) func eachShardHasItsOwn(_ count: Int) throws {
        let gate = BacklogGate(shards: try #require(ShardCount(count)))
        let numbers = [0, 1, 62, 63, 64, 127, 128, count - 1].filter { $0 < count }
        for number in Set(numbers) {
            let shard = Shard(number: UInt16(number))
            #expect(!gate.isClosed(shard))
            gate.set(shard, closed: true)
            gate.set(shard, closed: true)
            for other in Set(numbers) { #expect(gate.isClosed(Shard(number: UInt16(other))) == (other == number)) }
            gate.set(shard, closed: false)
            #expect(!gate.isClosed(shard))
        }
    }

    @Test func aShardThatThereIsNotIsClosed() throws {
        let gate = BacklogGate(shards: try #require(ShardCount(1)))
        gate.set(Shard(number: 64), closed: false)
        #expect(gate.isClosed(Shard(number: 64)))
        #expect(gate.isClosed(Shard(number: .max)))
    }
}
