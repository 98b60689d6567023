import SessionModel
import Synchronization

/// Whether a shard's log has outgrown its share of Redis' memory. The flusher measures and sets it; writes look.
public final class BacklogGate: Sendable {
    /// One bit for each shard.
    private let closed: [Word]

    private final class Word: Sendable {
        let bits = Atomic<UInt64>(0)
    }

    public init(shards: ShardCount) {
        closed = (0..<(shards.value + 63) / 64).map { _ in Word() }
    }

    /// True for a shard that doesn't exist.
    public func isClosed(_ shard: Shard) -> Bool {
        let index = Int(shard.number)
        guard index / 64 < closed.count else { return true }
        return closed[index / 64].bits.load(ordering: .relaxed) & 1 << UInt64(index % 64) != 0
    }

    public func set(_ shard: Shard, closed isClosed: Bool) {
        let index = Int(shard.number)
        guard index / 64 < closed.count else { return }
        let bit: UInt64 = 1 << UInt64(index % 64)
        if isClosed {
            closed[index / 64].bits.bitwiseOr(bit, ordering: .relaxed)
        } else {
            closed[index / 64].bits.bitwiseAnd(~bit, ordering: .relaxed)
        }
    }
}
