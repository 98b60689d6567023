import Logging
import SessionModel

@testable import SessionCore

extension World {
    static let silent = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

    /// A process that flushes: a real ``FlusherRun``, turn after turn.
    func flusher(_ name: String, isGone: @escaping @Sendable (String) -> Bool) -> Strand {
        let strand = Strand(name, connection: connection())
        let redis = RedisPort(world: self, strand: strand)
        let sqlite = DurablePort(world: self, strand: strand)
        guard let shards = ShardCount(1) else { return strand }
        var writeBehind = WriteBehindPolicy()
        writeBehind.batch = temper.batch
        let flusher = Flusher(
            shard: World.shard, log: redis, copies: redis, durable: sqlite,
            durability: Durability(durable: sqlite, shards: shards), readiness: Readiness(waitingFor: []),
            gate: BacklogGate(shards: shards), policy: writeBehind, lifecycle: policy, shards: shards, owner: name,
            isGone: isGone, logger: Self.silent)
        let linger = writeBehind.linger
        scheduler.start(strand) {
            await strand.point("begins")
            var run = FlusherRun(flusher: flusher, now: { self.instant })
            while !strand.isDead {
                let pause = await run.turn()
                self.note("\(name) turned")
                strand.wakesAt = max(strand.wakesAt, self.now + (pause == 0 ? 0 : self.isCalm ? 4_000 : linger))
                await strand.point("between turns")
            }
        }
        return strand
    }

    /// A process that sweeps.
    func sweep(_ name: String) -> Strand {
        let strand = Strand(name, connection: connection())
        let redis = RedisPort(world: self, strand: strand)
        let clocks = SweepWatch.Clocks(
            wall: { Timestamp(milliseconds: self.now) }, monotonic: { self.instant })
        let watch = SweepWatch(
            shard: World.shard, index: redis, policy: policy, readiness: Readiness(waitingFor: []), clocks: clocks,
            logger: Self.silent)
        let sweep = Sweep(
            watch: watch, index: redis, hot: redis, durable: DurablePort(world: self, strand: strand),
            policy: policy, logger: Self.silent)
        scheduler.start(strand) {
            await strand.point("begins")
            while !strand.isDead {
                try? await sweep.sweep()
                strand.wakesAt = max(strand.wakesAt, self.now + self.policy.sweepInterval)
                await strand.point("between sweeps")
            }
        }
        return strand
    }
}
