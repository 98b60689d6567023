import ArgumentParser
import DurableTier
import SessionCore
import FoundationEssentials
import SessionModel
import SessionOptions
import Terminal

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts a backup in the place of the SQLite files. sessiond must be stopped.",
        discussion: """
            The backup is verified first, and copied: it stays as it is. What is replaced is kept in the data folder, as \
            shard-<n>.sqlite.before-restore-<time>. Nothing is changed when anything is wrong before that.
            """)

    @Argument(help: ArgumentHelp("The backup: a file (of one shard) or a folder.", valueName: "file|folder"))
    var backup: String

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let installation = try await Installation(options)
        let files = try BackupFiles(path: backup, shards: installation.shards).existing()
        var restoration = try sqlite { () throws(DurableError) in try Restoration(installation.durable) }
        defer { restoration.discard() }
        var report = RestoreReport(folder: installation.settings.dataFolder)
        report.datasetsBefore = Set(installation.shards.all.compactMap { Self.dataset(of: $0, installation) })
        for (shard, path) in files { try prepare(shard, from: path, of: installation.shards, &restoration, &report) }
        if report.verification.isGood {
            report.kept = try sqlite { () throws(DurableError) in try restoration.replace(keepingAs: Self.now) }
        }
        if output.json { OutputOptions.put(json: report.json) } else { OutputOptions.put(report.text) }
        if !report.verification.isGood { throw ExitCode.failure }
    }

    /// Verifies the backup's file, copies it, and looks at the copy again.
    private func prepare(
        _ shard: Shard, from path: String, of shards: ShardCount, _ restoration: inout Restoration,
        _ report: inout RestoreReport
    ) throws {
        do throws(DurableError) {
            let reader = try ShardReader(path)
            defer { reader.close() }
            report.verification.take(reader, shard, of: shards, .full)
            guard report.verification.isGood else { return }
            let bar = ProgressBar("shard \(shard.number)", total: nil, unit: "pages")
            defer { bar.finish() }
            let copy = try restoration.prepare(shard, from: reader) { bar.update($0, of: $1) }
            report.copies.append(copy)
            let copied = try ShardReader(copy.path)
            defer { copied.close() }
            report.verification.take(copied, shard, of: shards, .quick)
        } catch { report.verification.take(path, shard, unreadable: error) }
    }

    /// Nil where there is no file, or none that can be read: there may be a reason to restore.
    private static func dataset(of shard: Shard, _ installation: Installation) -> String? {
        guard let reader = try? ShardReader(installation.durable, shard) else { return nil }
        defer { reader.close() }
        return try? reader.identity().dataset
    }

    /// As it can stand in a file's name.
    private static var now: String {
        let time = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)).description
        return time.split(separator: ".")[0].map { $0 == ":" ? "-" : String($0) }.joined() + "Z"
    }
}
