import ArgumentParser
import DurableTier
import SessionCore
import SessionModel
import SessionOptions

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks the SQLite files: pages, keys, gapless chats, numbering, JSON, shards.",
        discussion: """
            Reads alone, beside a running service if there is one. For as long as a check reads a live file, its write-ahead log \
            grows by what is written meanwhile: a very large file is better verified as a backup. Ends with 1 when a check fails.
            """)

    @Argument(help: ArgumentHelp("A backup, a file or a folder, instead of the service's own files."))
    var backup: String?

    @Flag(help: "Without comparing indexes with their tables (quick_check): several times as fast.")
    var quick = false

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let installation = try await Installation(options)
        let folder = BackupFiles(path: backup ?? installation.settings.dataFolder, shards: installation.shards)
        let files = backup == nil ? folder.inFolder(folder.path) : try folder.existing()
        var verification = Verification()
        for (shard, path) in files {
            do throws(DurableError) {
                let reader = try ShardReader(path)
                defer { reader.close() }
                verification.take(reader, shard, of: installation.shards, quick ? .quick : .full)
            } catch { verification.take(path, shard, unreadable: error) }
        }
        if output.json { OutputOptions.put(json: verification.json) } else { OutputOptions.put(verification.text) }
        if !verification.isGood { throw ExitCode.failure }
    }
}
