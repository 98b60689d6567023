import ArgumentParser
import HotTier
import SessionCore
import SessionModel
import SessionOptions
import Terminal

struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The hot tier's keys, and the keys that hide metadata.", subcommands: [ShowKeys.self, Rotate.self],
        defaultSubcommand: ShowKeys.self)
}

struct ShowKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what the hot tier consists of: its keys by kind, how many, and what memory they take.",
        discussion: """
            Walks over all keys with SCAN, some at a time, and asks MEMORY USAGE of some of each kind. Redis serves others \
            between; KEYS is never used.
            """)

    @Option(help: ArgumentHelp("Keys of each kind whose memory is asked for; 0: all of them.", valueName: "count"))
    var samples = 100

    @Flag(help: "Shard by shard as well.")
    var byShard = false

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...100_000).contains(samples) else { throw ValidationError("--samples: 0 to 100000") }
    }

    func run() async throws {
        let installation = try await Installation(options)
        let view = try await installation.withHotTier { hotTier in
            let census = try await census(hotTier, installation.settings.redis.prefix)
            return KeysView(
                census: census, server: try await hotTier.server(), shards: installation.shards, byShard: byShard)
        }
        if output.json { OutputOptions.put(json: view.json) } else { OutputOptions.put(view.text) }
    }

    /// Places of Redis' table to look at in one go: it takes about a millisecond.
    private static let effort = 1000
    /// Keys to measure in one go.
    private static let handful = 200

    private func census(_ hotTier: HotInspector, _ prefix: String) async throws -> KeyCensus {
        var census = KeyCensus(prefix: prefix, samples: samples == 0 ? nil : samples)
        var generator = SystemRandomNumberGenerator()
        let progress = ProgressBar("keys", total: try await hotTier.keyCount(), unit: "keys")
        defer { progress.finish() }
        var cursor: String?
        repeat {
            let page = try await hotTier.keyPage(after: cursor, effort: Self.effort)
            census.take(page, using: &generator)
            progress.advance(page.count)
            if samples == 0 { try await measure(&census, hotTier) }
            cursor = page.next
        } while cursor != nil
        try await measure(&census, hotTier)
        return census
    }

    private func measure(_ census: inout KeyCensus, _ hotTier: HotInspector) async throws {
        let keys = census.takeSamples()
        for start in stride(from: 0, to: keys.count, by: Self.handful) {
            let some = Array(keys[start..<min(start + Self.handful, keys.count)])
            census.measured(some, try await hotTier.memory(of: some))
        }
    }
}
