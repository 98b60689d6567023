import ArgumentParser
import FoundationEssentials
import Glibc
import SessionTesting
import Synchronization

@main
struct CrashTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crash-test",
        abstract:
            "Breaks a whole stack under load, round after round, and looks for what was acknowledged and is gone.",
        discussion: """
            Clients remember every write that was answered, and how. In each round something is killed, stopped, cut, filled \
            or put back; afterwards the API, Redis and SQLite must agree, and have everything that was acknowledged, once. \
            Ends with a table; fails if anything was lost that must not be, is there twice, or is not as it must be.

            The faults: \(Faults.all(long: false).map(\.name).joined(separator: ", "))
            """)

    @Option(help: "How many rounds, 1 to 100,000; each takes some three seconds.")
    var rounds = 30

    @Option(help: "Decides on the order, the moments and what the clients do. A new one unless given; it is printed.")
    var seed: UInt64 = .random(in: 0...UInt64(UInt32.max))

    @Option(help: ArgumentHelp("Only these faults.", valueName: "name,name…"))
    var faults: String?

    @Option(help: "Clients at a time, 4 to 64.")
    var clients = 20

    @Option(help: "Shards, 1 to 16.")
    var shards = 1

    @Flag(help: "Lock SQLite for 30 s and fill the disk for 15, instead of a tenth of it.")
    var long = false

    @Option(help: ArgumentHelp("Also write the table and all findings as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Keep logs and data of rounds with findings in this folder.", valueName: "folder"))
    var keep: String?

    func validate() throws {
        guard (1...100_000).contains(rounds) else { throw ValidationError("--rounds: 1 to 100,000") }
        guard (4...64).contains(clients) else { throw ValidationError("--clients: 4 to 64") }
        guard (1...16).contains(shards) else { throw ValidationError("--shards: 1 to 16") }
        _ = try chosen()
    }

    private func chosen() throws -> [any CrashFault] {
        let all = Faults.all(long: long)
        guard let faults else { return all }
        return try faults.split(separator: ",").map { name in
            guard let fault = all.first(where: { $0.name == name }) else {
                throw ValidationError("--faults: no fault is called \(name)")
            }
            return fault
        }
    }

    func run() async throws {
        MountNamespace.enter()
        let chosen = try chosen()
        let skipped = chosen.compactMap { fault in fault.obstacle().map { (name: fault.name, why: $0) } }
        let tried = chosen.filter { fault in !skipped.contains { $0.name == fault.name } }
        guard !tried.isEmpty else {
            throw ValidationError(skipped.map { "\($0.name): \($0.why)" }.joined(separator: "\n"))
        }
        for (name, why) in skipped { say("\(name) is not tried: \(why)") }
        say("\(rounds) rounds, \(clients) clients, --seed \(seed)")
        Interruption.listen()

        let start = ContinuousClock.now
        let progress = Progress(rounds: rounds)
        let campaign = Campaign(
            faults: tried, rounds: rounds, seed: seed, clients: clients, shards: shards, keep: keep)
        let results = try await campaign.run(progress) { Interruption.isWanted }
        progress.end()
        let report = Report(
            results, faults: chosen.map(\.name), skipped: skipped, seed: seed, took: .now - start)
        if let json { try (report.json() + "\n").write(toFile: json, atomically: true, encoding: .utf8) }
        print(report.table)
        for finding in report.findings { print("round \(finding.round), \(finding.fault): \(finding.finding)") }
        say("\(results.count) rounds in \(report.seconds) s; \(report.isClean ? "no finding" : "with findings, above")")
        guard report.isClean, results.count == rounds else { throw ExitCode.failure }
    }

    private func say(_ text: String) { StandardError.write("crash-test: \(text)\n") }
}

private let isInterruptionWanted = Atomic(false)

/// Ctrl-C: the round is finished, and the table printed. Twice: at once.
private enum Interruption {
    static var isWanted: Bool { isInterruptionWanted.load(ordering: .relaxed) }

    static func listen() {
        signal(SIGINT) { _ in
            isInterruptionWanted.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
    }
}

/// What is mounted here is to end with this process, however that ends.
private enum MountNamespace {
    private static let variable = "SESSIOND_CRASH_TEST_MOUNTS"

    /// As root, starts this program again in a mount namespace of its own; otherwise, and where that isn't allowed, goes on.
    static func enter() {
        guard geteuid() == 0, getenv(variable) == nil else { return }
        setenv(variable, "1", 1)
        let script = #"unshare --mount true 2>/dev/null && exec unshare --mount "$0" "$@"; exec "$0" "$@""#
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let arguments = ["/bin/sh", "-c", script, program] + CommandLine.arguments.dropFirst()
        let pointers = arguments.map { strdup($0) } + [nil]
        execv("/bin/sh", pointers)
    }
}
