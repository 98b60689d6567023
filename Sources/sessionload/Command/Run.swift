import ArgumentParser
import FoundationEssentials
import LoadTesting

#if canImport(Glibc)
    import Glibc
#endif

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the workload's sessions, loads the service, and reports.",
        discussion: """
            With --rate the loop is open: requests are due at that rate whatever becomes of those before, and latency is \
            counted from when they were due. With --connections alone it is closed: each connection sends its next request \
            when it has its answer, which shows the most that the service does. Workloads of people (visits) and storms \
            set their own pace.
            """)

    @Option(
        help: ArgumentHelp(
            "http://HOST:PORT, http+unix:PATH, fastcgi+unix:PATH or fastcgi://HOST:PORT.", valueName: "target"))
    var target = "http://127.0.0.1:8080"

    @Option(help: ArgumentHelp("Requests at a time on each FastCGI connection, 1 to 128.", valueName: "n"))
    var multiplex = 1

    @Option(help: ArgumentHelp("What is sent: a file of config/load.", valueName: "file"))
    var workload = "config/load/mix.yaml"

    @Option(help: ArgumentHelp("Requests per second: an open loop.", valueName: "r"))
    var rate: Double?

    @Option(
        help: ArgumentHelp(
            "Connections: of a closed loop (32 unless given), or the most that an open one uses (128).", valueName: "n")
    )
    var connections: Int?

    @Option(help: ArgumentHelp("Seconds that are measured.", valueName: "seconds"))
    var duration = 10.0

    @Option(help: ArgumentHelp("Seconds of the same before that.", valueName: "seconds"))
    var warmUp = 2.0

    @Option(help: ArgumentHelp("Decides on everything that is drawn.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp("Write the figures as JSON; - is standard output, instead of the table.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write the page with the plots.", valueName: "file.html"))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "The HS256 secret that the service checks tokens with (tokens.secret-file in sessiond.yaml).",
            valueName: "file"))
    var secretFile: String?

    @Option(help: ArgumentHelp("The tokens' `iss`.", valueName: "text"))
    var issuer: String?

    @Option(help: ArgumentHelp("The tokens' `aud`.", valueName: "text"))
    var audience: String?

    @Option(
        help: ArgumentHelp(
            "Processes whose CPU time is measured; found by their names unless given.", valueName: "name=pid,…"))
    var cpu: [String] = []

    @Option(help: ArgumentHelp("Where /metrics are, if not at the target.", valueName: "url"))
    var metrics: String?

    @Flag(help: "Search the highest rate that holds the latency target.")
    var findMax = false

    @Option(name: .customLong("p99-below"), help: ArgumentHelp("That target, in milliseconds.", valueName: "ms"))
    var p99Below = 2.0

    @Flag(help: "Delete the sessions at the end that were made.")
    var cleanUp = false

    func validate() throws {
        guard LoadTarget(target) != nil else {
            throw ValidationError(
                "--target: http://HOST:PORT, http+unix:PATH, fastcgi+unix:PATH or fastcgi://HOST:PORT is needed, not \(target)"
            )
        }
        guard (1...LoadLimits.multiplex).contains(multiplex) else {
            throw ValidationError("--multiplex: 1 to \(LoadLimits.multiplex)")
        }
        guard multiplex == 1 || LoadTarget(target)?.isFastCGI == true else {
            throw ValidationError("--multiplex: HTTP/1.1 has one request at a time on a connection; it is for FastCGI")
        }
        if let rate, !(0.001...LoadLimits.rate).contains(rate) {
            throw ValidationError("--rate: 0.001 to \(Int(LoadLimits.rate)) requests per second")
        }
        if let connections, !(1...LoadLimits.connections).contains(connections) {
            throw ValidationError("--connections: 1 to \(LoadLimits.connections)")
        }
        guard (0.5...LoadLimits.duration).contains(duration) else {
            throw ValidationError("--duration: 0.5 to \(Int(LoadLimits.duration)) seconds")
        }
        guard (0...LoadLimits.warmUp).contains(warmUp) else {
            throw ValidationError("--warm-up: 0 to \(Int(LoadLimits.warmUp)) seconds")
        }
        guard (0.01...60_000).contains(p99Below) else { throw ValidationError("--p99-below: 0.01 to 60000 ms") }
        for text in cpu {
            guard let group = ProcessGroup(text) else { throw ValidationError("--cpu: NAME=PID or NAME=PID,PID") }
            guard group.time() != nil else { throw ValidationError("--cpu: not all processes of \(text) are there") }
        }
        for path in files where !Self.canWrite(path) {
            throw ValidationError("\(path) can't be written: its folder must be there, and writable")
        }
        guard !findMax || rate == nil else { throw ValidationError("--find-max finds the rate: leave out --rate") }
        if let metrics, MetricsAddress(metrics) == nil {
            throw ValidationError("--metrics: a URL such as http://127.0.0.1:8080/metrics, not \(metrics)")
        }
    }

    func run() async throws {
        let workload = try read(workload)
        if workload.visits != nil, rate != nil || findMax {
            throw ValidationError(
                "\(workload.name) has visits: its people set the pace. Leave out --rate and --find-max")
        }
        if findMax, workload.operations.isEmpty || workload.storm != nil {
            throw ValidationError("--find-max needs a workload of operations alone")
        }
        if workload.operations.isEmpty, rate != nil {
            throw ValidationError("\(workload.name) has no operations that --rate could be of")
        }
        let outcome = try await LoadRun(self, workload, secret: try secret()).run()
        let figures = try outcome.json() + "\n"
        // What there is to see comes before anything that may fail.
        print(json == "-" ? figures : outcome.table, terminator: "")
        var isWritten = true
        if let report { isWritten = write(outcome.page, to: report) }
        if let json, json != "-" { isWritten = write(figures, to: json) && isWritten }
        if let report, isWritten, json != "-" { print("The report: \(report)") }
        guard outcome.isClean else { throw ExitCode.failure }
        guard isWritten else { throw ExitCode(EX_IOERR) }
    }

    private func read(_ path: String) throws -> Workload {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ValidationError("--workload: \(path) can't be read")
        }
        do {
            return try Workload.read(text, file: path)
        } catch {
            throw ValidationError(error.description)
        }
    }

    private func secret() throws -> String {
        guard let secretFile else {
            throw ValidationError("--secret-file is needed: the file that tokens.secret-file in sessiond.yaml names")
        }
        guard var text = try? String(contentsOfFile: secretFile, encoding: .utf8) else {
            throw ValidationError("--secret-file: \(secretFile) can't be read")
        }
        while text.last?.isNewline == true { text.removeLast() }
        guard text.utf8.count >= 32 else { throw ValidationError("--secret-file: shorter than 32 bytes") }
        return text
    }

    /// What is written at the end.
    private var files: [String] { [report, json == "-" ? nil : json].compactMap { $0 } }

    /// A file is written anew beside the old one, so its folder must take one.
    private static func canWrite(_ path: String) -> Bool {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        var isFolder = false
        let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        return !path.isEmpty && !(isThere && isFolder) && FileManager.default.isWritableFile(atPath: folder)
    }

    private func write(_ text: String, to path: String) -> Bool {
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return true
        } catch {
            Notice.put("\(path) can't be written")
            return false
        }
    }
}
