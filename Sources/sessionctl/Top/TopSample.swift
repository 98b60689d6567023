import DurableTier
import HotTier
import SessionCore
import SessionModel
import SessionSettings

/// Everything that `top` shows, as it is at one moment. What can't be reached is nil.
struct TopSample {
    struct File {
        /// Bytes.
        var size: Int
        var log: Int
    }

    var at: ContinuousClock.Instant
    var metrics: MetricsText?
    var server: HotServer?
    var shards: [HotShard] = []
    /// Of each shard.
    var files: [File]
    /// Sessions in SQLite by status.
    var statuses: [String: Int]?
}

/// Takes samples.
struct TopSampler {
    private let installation: Installation
    private let hotTier: HotInspector
    private let metrics: MetricsClient
    private var readers: [ShardReader] = []
    private var statuses: [String: Int]?
    private var countedAt: ContinuousClock.Instant?

    /// Counting sessions reads an index from end to end, so it is done less often than the rest.
    private static let countInterval = Duration.seconds(10)
    /// Shards asked for at a time.
    private static let handful = 64

    init(_ installation: Installation, _ hotTier: HotInspector) {
        self.installation = installation
        self.hotTier = hotTier
        metrics = MetricsClient(address: installation.settings.listen)
    }

    func close() { for reader in readers { reader.close() } }

    mutating func sample() async -> TopSample {
        countSessions()
        var sample = TopSample(
            at: .now, metrics: try? await metrics.read(), server: try? await hotTier.server(),
            files: installation.shards.all.map(file), statuses: statuses)
        let all = installation.shards.all
        for start in stride(from: 0, to: all.count, by: Self.handful) {
            let some = Array(all[start..<min(start + Self.handful, all.count)])
            guard let states = try? await hotTier.shards(some) else { break }
            sample.shards += states
        }
        return sample
    }

    private func file(_ shard: Shard) -> TopSample.File {
        let path = installation.durable.path(of: shard)
        return TopSample.File(size: ShardReader.size(of: path) ?? 0, log: ShardReader.size(of: path + "-wal") ?? 0)
    }

    private mutating func countSessions() {
        if let countedAt, .now - countedAt < Self.countInterval { return }
        countedAt = .now
        if readers.isEmpty {
            let opened = installation.shards.all.compactMap { try? ShardReader(installation.durable, $0) }
            guard opened.count == installation.shards.value else {
                for reader in opened { reader.close() }
                return statuses = nil
            }
            readers = opened
        }
        statuses = try? readers.reduce(into: [:]) { counts, reader in
            counts.merge(try reader.sessionsByStatus(), uniquingKeysWith: +)
        }
    }
}
