import ArgumentParser
import DurableTier
import HotTier
import SessionCore
import SessionModel
import SessionOptions
import Terminal

struct Drift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compares the tiers, and lists every difference that nothing explains.",
        discussion: """
            Sessions field by field, the messages of the hot window, missions part by part, indexes, liveness keys and times to live. \
            What has changes on their way to SQLite is no difference. Beside a running service; ends with 1 where there is a \
            difference, or, with --heal, where one remains.
            """)

    @Option(help: ArgumentHelp("Only so many sessions and missions of each shard, at random.", valueName: "count"))
    var sample: Int?

    @Flag(help: "Puts it right: the newer side counts, and SQLite where neither is. Needs a sessiond that flushes.")
    var heal = false

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let sample, !(1...1_000_000).contains(sample) { throw ValidationError("--sample: 1 to 1000000") }
    }

    func run() async throws {
        let installation = try await Installation(options)
        var readers: [Shard: ShardReader] = [:]
        for shard in installation.shards.all { readers[shard] = try installation.reader(of: shard) }
        defer { for reader in readers.values { reader.close() } }
        let view = try await installation.withHotTools { [readers] tools in
            let total =
                try sample == nil
                ? readers.values.reduce(0) { sum, reader in
                    try sum
                        + sqlite { () throws(DurableError) in
                            try reader.sessionCount(of: nil) + reader.missionCount()
                        }
                } : nil
            let progress = ProgressBar("comparing", total: total, unit: "sessions and missions")
            defer { progress.finish() }
            var walk = DriftWalk(installation, tools.inspector, readers, sample: sample, progress)
            try await walk.run()
            var remaining: [Difference]?
            if heal {
                let healing = DriftHealing(
                    installation: installation, tools: tools, readers: readers, members: walk.members)
                remaining = try await healing.heal(walk.differences, &walk)
            }
            return DriftView(
                sessions: walk.sessions, missions: walk.missions, onTheirWay: walk.onTheirWay.count,
                differences: walk.differences, remaining: remaining)
        }
        if output.json { OutputOptions.put(json: view.json) } else { OutputOptions.put(view.text) }
        if !(view.remaining ?? view.differences).isEmpty { throw ExitCode.failure }
    }
}
