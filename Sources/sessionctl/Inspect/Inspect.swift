import ArgumentParser
import DurableTier
import SessionCore
import SessionModel
import SessionOptions
import Terminal

struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows one session as both tiers have it, side by side, and what is on its way between them.",
        discussion: "Ends with 1 where neither tier has it, or where the tiers differ and nothing explains it.")

    @Argument(help: "The session's id.")
    var session: String

    @Flag(help: "Opens the metadata of the session and its mission with the key ring, and shows it.")
    var reveal = false

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard SessionID(session) != nil else {
            throw ValidationError(
                "SESSION: \(Printable.text(session)) is not an id such as 01234567-89ab-7cde-8f01-23456789abcd")
        }
    }

    func run() async throws {
        let installation = try await Installation(options)
        guard let id = SessionID(session), installation.shards.contains(id.shard) else {
            throw Failure(
                "\(session) would be of shard \(SessionID(session)?.shard.number ?? 0), and there are \(installation.shards.value): "
                    + "a session's id ends in its shard's number. Is it of another installation?")
        }
        let seal = reveal ? MetadataSeal(try installation.settings.metadataKeys()) : nil
        let reader = try installation.reader(of: id.shard)
        defer { reader.close() }
        let sides = try await installation.withHotTier { hotTier in
            let total = try await hotTier.logLength(of: id.shard)
            let progress = ProgressBar("log of shard \(id.shard.number)", total: total, unit: "entries")
            defer { progress.finish() }
            do {
                return try await SessionSides.read(id, hotTier, reader) { progress.advance($0) }
            } catch let error as DurableError { throw Failure("SQLite: \(error.reason)") }
        }
        let view = SessionView(
            id: id, sides: sides, seal: seal, commands: ShellCommands(installation.settings, id, sides, reader.path))
        if output.json { OutputOptions.put(json: view.json) } else { OutputOptions.put(view.text) }
        if sides.comparison.verdict.isFinding { throw ExitCode.failure }
    }
}
