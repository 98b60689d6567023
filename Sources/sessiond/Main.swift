import ArgumentParser
import SessionOptions

#if canImport(Glibc)
    import Glibc
#endif

@main
struct Sessiond: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessiond",
        abstract: "Keeps the sessions of chat and agent applications: hot in Redis, durable in SQLite, behind FastCGI.",
        subcommands: [Serve.self, CheckConfig.self])

    /// Not `async`: then the main thread would end, which not every instrument survives (callgrind doesn't).
    static func main() {
        // A web server that hangs up must end an answer, not the service.
        signal(SIGPIPE, SIG_IGN)
        Task.detached {
            await main(nil)
            Self.exit()
        }
        while true { pause() }
    }
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves, until SIGTERM.")

    @OptionGroup var options: SettingsOptions

    @Option(help: "What this process does: all, api (serve requests) or flush (flush the log and sweep).")
    var role: String?

    func run() async throws {
        var options = options
        if let role { options.overrides.append("role=\(role)") }
        try await Service(try await options.settings()).run()
    }
}

struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Reads the configuration and the files it names, and says what it found."
    )

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await options.settings()
        print(settings.description)
        try await Service.checkSecrets(settings)
        print("The configuration is good.")
    }
}
