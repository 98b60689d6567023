import FoundationEssentials

/// A program that is run to its end.
public enum Command {
    public struct Output: Sendable {
        public var code: Int32
        /// Output and errors.
        public var text: String
    }

    public static func run(
        _ arguments: [String], environment: [String: String] = [:], within limit: Duration = .seconds(60)
    ) async throws -> Output {
        let folder = try TemporaryFolder()
        let log = folder.file("output")
        let child = try await ChildProcess.start(
            arguments, environment: environment, folder: folder.path, logFile: log)
        let code: Int32
        do {
            code =
                switch try await child.wait(within: limit) {
                case .exited(let code): code
                case .killed(let signal): -signal
                }
        } catch { throw TestingError("\(arguments[0]): \(error); it printed:\n\(child.logTail())") }
        return Output(code: code, text: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
    }
}

extension Stack {
    /// Runs `sessionctl` with the settings of the first instance.
    public func sessionctl(_ arguments: String..., set: [String: String] = [:]) async throws -> Command.Output {
        try await sessionctl(arguments, set: set)
    }

    public func sessionctl(_ arguments: [String], set: [String: String] = [:]) async throws -> Command.Output {
        try await Command.run(
            [try Repository.product("sessionctl")] + arguments
                + ["--config", "\(Repository.root)/config/sessiond.yaml"],
            environment: SessiondProcess.environment(service.settings.merging(set) { $1 }))
    }
}
