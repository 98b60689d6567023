import HotTier
import SessionModel

/// What happened between two samples, and where things are after it.
struct TopFrame {
    struct ShardRow {
        var state: HotShard
        /// Entries a second.
        var added: Double
        var flushed: Double
        var file: TopSample.File
    }

    let now: TopSample
    /// Seconds.
    let seconds: Double
    private let before: TopSample

    init(from before: TopSample, to now: TopSample) {
        self.before = before
        self.now = now
        seconds = max((now.at - before.at) / .seconds(1), 0.001)
    }

    /// A second, of a number that only grows; nil where it isn't known, or where it began anew.
    private func rate(_ value: (TopSample) -> Double?) -> Double? {
        guard let first = value(before), let second = value(now), second >= first else { return nil }
        return (second - first) / seconds
    }

    var requestRate: Double? { rate { $0.metrics?.requests } }
    var failureRate: Double? { rate { $0.metrics?.failures } }

    /// Share of the requests for a session or mission that needed nothing from SQLite; nil where there was none.
    var hitRate: Double? {
        guard let loads = rate({ $0.metrics?.loads }), loads > 0, let cold = rate({ $0.metrics?.coldReads }) else {
            return nil
        }
        return max(1 - cold / loads, 0)
    }

    /// Seconds in which `share` of the requests were answered: the bound of the histogram that is met; nil where there was
    /// no request.
    func duration(_ share: Double) -> Double? {
        guard let first = before.metrics?.durations, let second = now.metrics?.durations, first.count == second.count,
            let all = second.last?.count, let earlier = first.last?.count, all > earlier
        else { return nil }
        return zip(first, second).first { $1.count - $0.count >= share * (all - earlier) }?.1.bound
    }

    var shards: [ShardRow] {
        let earlier = Dictionary(before.shards.map { ($0.shard, $0) }) { first, _ in first }
        return now.shards.map { state in
            let (first, second) = (earlier[state.shard]?.log, state.log)
            let added = first.flatMap { first in second.map { Double($0.added - first.added) } } ?? 0
            let grown = first.flatMap { first in second.map { Double($0.length - first.length) } } ?? 0
            return ShardRow(
                state: state, added: max(added, 0) / seconds, flushed: max(added - grown, 0) / seconds,
                file: now.files[Int(state.shard.number)])
        }
    }

    /// Active and abandoned ones as Redis has them, the others as SQLite had them when they were counted last.
    var sessions: [(status: String, count: Int?)] {
        let isHot = !now.shards.isEmpty
        func stored(_ status: SessionStatus) -> Int? { now.statuses.map { $0[status.rawValue] ?? 0 } }
        return [
            ("active", isHot ? now.shards.reduce(0) { $0 + $1.active } : stored(.active)),
            ("abandoned", isHot ? now.shards.reduce(0) { $0 + $1.abandoned } : stored(.abandoned)),
            ("completed", stored(.completed)), ("archived", stored(.archived)),
        ]
    }

    var logLength: Int { now.shards.reduce(0) { $0 + ($1.log?.length ?? 0) } }
    var lag: Int64 { now.shards.map(\.lag).max() ?? 0 }
}
