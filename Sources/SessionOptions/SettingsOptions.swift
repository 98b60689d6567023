import ArgumentParser
import SessionSettings

/// Where a command takes its settings from.
public struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file, YAML.", valueName: "file"))
    public var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "A setting that is stronger than the file and the environment, such as redis.socket=/run/redis.sock.",
            valueName: "key=value"))
    public var overrides: [String] = []

    public init() {}

    public func validate() throws {
        do { _ = try SettingsOverrides.parse(overrides) } catch { throw ValidationError(error.description) }
    }

    public func settings() async throws -> Settings {
        try await Settings(file: config, overrides: SettingsOverrides.parse(overrides))
    }
}
