import FoundationEssentials
import SessionTesting

/// A program that is run to its end.
enum Command {
    struct Output {
        var code: Int32
        /// Output and errors.
        var text: String
    }

    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Output {
        let folder = try TemporaryFolder()
        let log = folder.file("output")
        let child = try await ChildProcess.start(
            arguments, environment: environment, folder: folder.path, logFile: log)
        let code: Int32 =
            switch try await child.wait(within: .seconds(30)) {
            case .exited(let code): code
            case .killed(let signal): -signal
            }
        return Output(code: code, text: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
    }
}
