import FoundationEssentials
import SessionTesting

/// The built `sessionload`, and what it says.
struct Harness {
    struct Figures: Decodable {
        struct Latency: Decodable {
            var count: Int
            var p50: Int
            var p99: Int
        }
        struct Row: Decodable {
            var operation: String
            var latency: Latency
        }
        struct Process: Decodable {
            var name: String
        }
        var total: Row
        var operations: [Row]
        var processes: [Process]
        var errors: Int
        var comparedSessions: Int
        var violations: [String: Int]
        struct Moment: Decodable {
            var lagMilliseconds: Double?
        }
        var timeline: [Moment]
        var drainSeconds: Double?
        var search: Search?

        struct Search: Decodable {
            var rate: Double?
            var isBounded: Bool
        }
    }

    let folder: TemporaryFolder
    let secret: String

    init() throws {
        folder = try TemporaryFolder()
        secret = try folder.write(String(repeating: "s", count: 40), to: "secret")
    }

    init(_ stack: Stack) throws {
        folder = try TemporaryFolder()
        secret = stack.service.settings["tokens.secret-file"] ?? ""
    }

    /// A run over HTTP against a server with this fault, which ends with it.
    static func run(
        against fault: FaultyServer.Fault, _ workload: String, _ arguments: String...
    ) async throws -> (code: Int32, figures: Figures?, text: String) {
        let harness = try Harness()
        let server = try await FaultyServer(socket: harness.folder.file("s.sock"), fault)
        let outcome = try await harness.run("http+unix:\(server.socket)", workload, arguments)
        try await server.stop()
        return outcome
    }

    func run(
        _ target: String, _ workload: String, _ arguments: String...
    ) async throws -> (code: Int32, figures: Figures?, text: String) {
        try await run(target, workload, arguments)
    }

    func run(
        _ target: String, _ workload: String, _ arguments: [String]
    ) async throws -> (code: Int32, figures: Figures?, text: String) {
        let file = try folder.write(workload, to: "workload.yaml")
        let json = folder.file("figures.json")
        let output = try await Command.run(
            [
                try Repository.product("sessionload"), "run", "--target", target, "--workload", file, "--secret-file",
                secret, "--json", json, "--report", folder.file("report.html"),
            ] + arguments, within: .seconds(90))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let figures = try? decoder.decode(Figures.self, from: Data(contentsOf: URL(filePath: json)))
        return (output.code, figures, output.text)
    }
}
