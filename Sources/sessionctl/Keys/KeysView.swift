import HotTier
import SessionModel
import Terminal

/// What `keys` shows.
struct KeysView {
    let census: KeyCensus
    let server: HotServer
    let shards: ShardCount
    let byShard: Bool

    private static let barWidth = 30

    var text: String {
        let kinds = census.all
        let memory = kinds.reduce(0) { $0 + $1.memory }
        var table = Table([
            .text("kind"), .number("keys"), .number("memory"), .number("a key"), .number("share"), .text(""),
        ])
        for kind in kinds {
            let share = memory == 0 ? 0 : Double(kind.memory) / Double(memory)
            table.row([
                kind.name, Units.count(kind.count), (kind.isExact ? "" : "≈ ") + Units.bytes(kind.memory),
                kind.count == 0 ? "" : Units.bytes(kind.memory / kind.count), Units.percent(share),
                Bar.text(share, width: Self.barWidth),
            ])
        }
        table.rule()
        table.row(["all", Units.count(kinds.reduce(0) { $0 + $1.count }), Units.bytes(memory)])
        var text = table.text
        if byShard { text += "\n" + shardTable(memory) }
        text += "\nRedis \(Printable.text(server.version)) uses \(Units.bytes(server.usedMemory))"
        text +=
            server.memoryLimit > 0 ? " of \(Units.bytes(server.memoryLimit)) (maxmemory)." : ", and has no maxmemory."
        if census.foreign > 0 {
            text += " \(Units.count(census.foreign)) keys in it are of no prefix \(census.prefix)."
        }
        return text + "\n"
    }

    private func shardTable(_ memory: Int) -> String {
        var table = Table([
            .number("shard"), .number("keys"), .number("sessions"), .number("missions"), .number("log"),
            .number("memory"), .number("share"), .text(""),
        ])
        for shard in census.counts.keys.sorted() {
            let kinds = census.kinds(of: shard)
            let own = kinds.reduce(0) { $0 + $1.memory }
            let share = memory == 0 ? 0 : Double(own) / Double(memory)
            func count(_ name: String) -> String { Units.count(kinds.first { $0.name == name }?.count ?? 0) }
            table.row([
                "\(shard.number)\(shards.contains(shard) ? "" : "?")", Units.count(kinds.reduce(0) { $0 + $1.count }),
                count("session"), count("mission"), Units.bytes(kinds.first { $0.name == "log" }?.memory ?? 0),
                Units.bytes(own), Units.percent(share), Bar.text(share, width: Self.barWidth),
            ])
        }
        return table.text
    }

    var json: [UInt8] {
        let kinds = census.all
        var writer = JSONObjectWriter()
        writer.member("prefix", census.prefix)
        writer.member("keys", kinds.reduce(0) { $0 + $1.count })
        writer.member("memory", kinds.reduce(0) { $0 + $1.memory })
        writer.member("foreign_keys", census.foreign)
        writer.member("used_memory", server.usedMemory)
        writer.member("maxmemory", server.memoryLimit)
        writer.member("kinds") { Self.write(kinds, to: &$0) }
        if byShard {
            writer.member("shards") { output in
                output.appendArray(self.census.counts.keys.sorted()) { shard, output in
                    var writer = JSONObjectWriter()
                    writer.member("shard", shard.number)
                    writer.member("kinds") { Self.write(self.census.kinds(of: shard), to: &$0) }
                    output += writer.finish()
                }
            }
        }
        return writer.finish()
    }

    private static func write(_ kinds: [KeyCensus.Kind], to output: inout [UInt8]) {
        output.appendArray(kinds) { kind, output in
            var writer = JSONObjectWriter()
            writer.member("kind", kind.name)
            writer.member("keys", kind.count)
            writer.member("memory", kind.memory)
            writer.member("measured", kind.measured)
            output += writer.finish()
        }
    }
}
