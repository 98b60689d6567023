import HotTier
import SessionModel

/// How many keys of each kind there are, and what they take, out of a walk over all of them.
///
/// Counted are all. Measured are some of each kind, chosen at random (a reservoir), and every key of which a shard has one:
/// a log is as large as it is, and no other tells its size.
struct KeyCensus {
    struct Kind {
        var name: String
        var count: Int
        /// Bytes; an estimate unless all were measured.
        var memory: Int
        var measured: Int
        var isExact: Bool { measured >= count }
    }

    /// Kinds of one prefix. More is no keyspace of ours; what is over it counts as foreign.
    static let mostKinds = 64

    let prefix: String
    /// Keys of each kind; nil: all.
    let samples: Int?
    private(set) var counts: [Shard: [String: Int]] = [:]
    /// Keys of other prefixes, or of none.
    private(set) var foreign = 0
    private var kinds: Set<String> = []
    private var seen: [String: Int] = [:]
    private var sampled: [String: [String]] = [:]
    private var singles: [String] = []
    private var sums: [String: (bytes: Int, measured: Int)] = [:]
    private var singleBytes: [Shard: [String: Int]] = [:]

    init(prefix: String, samples: Int?) {
        self.prefix = prefix
        self.samples = samples
    }

    mutating func take(_ page: HotInspector.KeyPage, using generator: inout some RandomNumberGenerator) {
        foreign += page.count - page.keys.count
        for key in page.keys {
            guard let name = KeyName(key, prefix: prefix), kinds.contains(name.kind) || kinds.count < Self.mostKinds
            else {
                foreign += 1
                continue
            }
            kinds.insert(name.kind)
            counts[name.shard, default: [:]][name.kind, default: 0] += 1
            if name.rest == nil { singles.append(key) } else { sample(key, name.kind, using: &generator) }
        }
    }

    private mutating func sample(_ key: String, _ kind: String, using generator: inout some RandomNumberGenerator) {
        seen[kind, default: 0] += 1
        guard let samples, let count = seen[kind], count > samples else {
            return sampled[kind, default: []].append(key)
        }
        let place = Int.random(in: 0..<count, using: &generator)
        if place < samples { sampled[kind]?[place] = key }
    }

    /// Keys to be measured that were not yet; they are taken out.
    mutating func takeSamples() -> [String] {
        defer { (sampled, singles) = ([:], []) }
        return sampled.values.flatMap { $0 } + singles
    }

    /// - Parameter bytes: nil for a key that is gone by now.
    mutating func measured(_ keys: [String], _ bytes: [Int?]) {
        for (key, bytes) in zip(keys, bytes) {
            guard let name = KeyName(key, prefix: prefix), let bytes else { continue }
            let before = sums[name.kind] ?? (0, 0)
            sums[name.kind] = (before.bytes + bytes, before.measured + 1)
            if name.rest == nil { singleBytes[name.shard, default: [:]][name.kind] = bytes }
        }
    }

    /// The largest first.
    var all: [Kind] { kinds(counts.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }) }

    /// Of one shard, by what a key of that kind takes on the average of all shards.
    func kinds(of shard: Shard) -> [Kind] { kinds(counts[shard] ?? [:], singleBytes[shard] ?? [:]) }

    private func kinds(_ counts: [String: Int], _ exact: [String: Int] = [:]) -> [Kind] {
        counts.map { name, count in
            if let bytes = exact[name], count == 1 { return Kind(name: name, count: 1, memory: bytes, measured: 1) }
            let sum = sums[name] ?? (0, 0)
            let average = sum.measured == 0 ? 0 : Double(sum.bytes) / Double(sum.measured)
            return Kind(
                name: name, count: count, memory: Int(average * Double(count)), measured: min(sum.measured, count))
        }.sorted { ($0.memory, $0.count, $1.name) > ($1.memory, $1.count, $0.name) }
    }
}
