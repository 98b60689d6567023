import ArgumentParser
import SessionCore
import SessionModel
import SessionOptions
import Terminal

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "The sweep that abandons and archives sessions whose time is up.",
        subcommands: [Allow.self])

    struct Allow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Agrees to what a sweep is held for, once.",
            discussion: """
                A sweep is held where Redis' clock stepped, or more sessions are due at once than lifecycle.sweep-bound: see \
                /health/ready and the log. Agreeing lets it go on as things stand, and so may abandon everybody whose time seems up.
                """)

        @OptionGroup var shard: ShardOption
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let installation = try await Installation(options)
            let shards = try shard.chosen(installation).map { [$0] } ?? Array(installation.shards.all)
            try await installation.withHotTools { tools in
                for shard in shards { try await tools.store.agreeToSweep(of: shard) }
            }
            let minutes = LifecyclePolicy.sweepAgreement / 60_000
            print(
                "Agreed for \(shards.count) shard\(shards.count == 1 ? "" : "s"), once, within \(minutes) minutes from now."
            )
        }
    }
}
