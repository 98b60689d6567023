import Logging
import SessionModel

@testable import SessionCore

extension Sessions {
    /// One shard, and a key that was made a moment ago.
    static func fake(_ hot: FakeHotStore, _ durable: FakeDurableStore) throws -> Sessions {
        guard let shards = ShardCount(1) else { throw SessionError.failed }
        return Sessions(
            hot: hot, durable: durable, seal: MetadataSeal(try KeyRing(KeyRing.newText())), shards: shards,
            lifecycle: LifecyclePolicy(), longestMetadata: 1000, reads: ColdReads(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}
