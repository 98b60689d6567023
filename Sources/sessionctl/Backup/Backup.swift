import ArgumentParser
import DurableTier
import SessionCore
import SessionModel
import SessionOptions
import Terminal

#if canImport(Glibc)
    import Glibc
#endif

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copies the SQLite files while they are in use, and verifies the copies.",
        discussion: """
            Each shard's copy is what its file held at one instant, everything of each user's together. Metadata in it is \
            sealed: the key ring is backed up apart. What fails verification keeps a name that ends in .suspect, and the \
            command ends with 1.
            """)

    @Argument(
        help: ArgumentHelp(
            "The new file (of one shard; in a folder that is there already, shard-0.sqlite), or the new folder (of several).",
            valueName: "file|folder"))
    var target: String

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let installation = try await Installation(options)
        let start = ContinuousClock.now
        let report: BackupReport
        if installation.shards.value == 1 {
            let path = BackupFiles.isFolder(target) ? "\(target)/shard-0.sqlite" : target
            report = try one(installation, path)
        } else {
            report = try several(installation)
        }
        var timed = report
        timed.milliseconds = Int64((ContinuousClock.now - start) / .milliseconds(1))
        if output.json { OutputOptions.put(json: timed.json) } else { OutputOptions.put(timed.text) }
        if !report.verification.isGood { throw ExitCode.failure }
    }

    private func one(_ installation: Installation, _ path: String) throws -> BackupReport {
        let unfinished = try Unfinished(path)
        var report = BackupReport()
        try report.copy(Shard(number: 0), of: installation, to: unfinished.path)
        try keep(&report, unfinished) { try unfinished.finishFile() }
        return report
    }

    private func several(_ installation: Installation) throws -> BackupReport {
        let unfinished = try Unfinished(target)
        try unfinished.makeFolder()
        var report = BackupReport()
        do {
            for (shard, path) in BackupFiles(path: target, shards: installation.shards).inFolder(unfinished.path) {
                try report.copy(shard, of: installation, to: path)
            }
        } catch {
            for copy in report.copies { unlink(copy.path) }
            rmdir(unfinished.path)
            throw error
        }
        try keep(&report, unfinished) { try unfinished.finishFolder() }
        return report
    }

    private func keep(_ report: inout BackupReport, _ unfinished: Unfinished, _ finish: () throws -> Void) throws {
        guard report.verification.isGood else {
            report.path = "\(unfinished.finalPath).suspect"
            guard access(report.path, F_OK) != 0, rename(unfinished.path, report.path) == 0 else {
                report.path = unfinished.path
                return
            }
            return
        }
        try finish()
        report.path = unfinished.finalPath
    }
}
