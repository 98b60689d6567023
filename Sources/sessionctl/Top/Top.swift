import ArgumentParser
import SessionModel
import SessionOptions
import Terminal

#if canImport(Glibc)
    import Glibc
#endif

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what is going on, once a second: requests, logs, flushing, sessions, sizes. Ends with Ctrl-C.",
        discussion: """
            Requests and hit rate are those of the one sessiond that listens at these settings' listen.socket; the rest is \
            Redis' and SQLite's, whoever works on them. The hit rate is the share of requests for a session or a mission that \
            needed nothing from SQLite.
            """)

    @Option(help: ArgumentHelp("Seconds between two looks, 0.1 to 3600.", valueName: "seconds"))
    var interval = 1.0

    @Option(help: "How many times; without it, for ever.")
    var count: Int?

    @Flag(help: "The same as --count 1.")
    var once = false

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0.1...3600).contains(interval) else { throw ValidationError("--interval: 0.1 to 3600 seconds") }
        guard count.map({ $0 > 0 }) ?? true else { throw ValidationError("--count: at least 1") }
    }

    /// Rows between two lines of titles.
    private static let page = 20

    func run() async throws {
        let installation = try await Installation(options)
        try await installation.withHotTier { hotTier in
            var sampler = TopSampler(installation, hotTier)
            defer { sampler.close() }
            var before = await sampler.sample()
            for number in 0..<(once ? 1 : count ?? .max) {
                try await Task.sleep(for: .milliseconds(Int64(interval * 1000)))
                let now = await sampler.sample()
                show(TopView(TopFrame(from: before, to: now)), number)
                before = now
            }
        }
    }

    private func show(_ view: TopView, _ number: Int) {
        if output.json {
            OutputOptions.put(json: view.json)
        } else if isatty(STDOUT_FILENO) == 1 {
            // Home, each line wiped behind its end, and what was below.
            let lines = view.screen.split(separator: "\n", omittingEmptySubsequences: false)
            let wiped = lines.joined(separator: "\u{1b}[K\n")
            OutputOptions.put((number == 0 ? "\u{1b}[2J" : "") + "\u{1b}[H" + wiped + "\u{1b}[J")
        } else {
            OutputOptions.put((number % Self.page == 0 ? TopView.titles : "") + view.row)
        }
        fflush(nil)
    }
}
