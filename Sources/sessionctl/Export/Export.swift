import ArgumentParser
import DurableTier
import FoundationEssentials
import SessionCore
import SessionModel
import SessionOptions
import Terminal

#if canImport(Glibc)
    import Glibc
#endif

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes what SQLite holds of one user, or of all, as lines of JSON (NDJSON).",
        discussion: """
            Everything of one user is from one instant, and users one after the other: with --from a backup, all of it is from \
            one instant. Metadata stays sealed unless it is revealed; everything else is readable. What is on its way from Redis \
            (write-behind.linger) is not in it yet.
            """)

    @Argument(help: "A new file, mode 0600. Without it: standard output.")
    var file: String?

    @Option(help: "The one user, by id.")
    var user: String?

    @Option(
        help: ArgumentHelp("A backup, a file or a folder, instead of the service's own files.", valueName: "backup"))
    var from: String?

    @Flag(help: "Opens metadata with the key ring. The export is then all plain text.")
    var reveal = false

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let user, UserID(user) == nil {
            throw ValidationError("--user: 1 to \(UserID.longest) bytes without control characters")
        }
    }

    func run() async throws {
        let installation = try await Installation(options)
        let user = user.flatMap(UserID.init)
        let readers = try open(installation, user)
        defer { for reader in readers { reader.close() } }
        if let user, try readers.allSatisfy({ try Self.isUnknown(user, to: $0) }) {
            throw Failure("SQLite has nothing of the user \(user.text)")
        }
        var lines = ExportLines(seal: reveal ? MetadataSeal(try installation.settings.metadataKeys()) : nil)
        let start = ContinuousClock.now
        if let file {
            let unfinished = try Unfinished(file)
            let bytes: Int
            do {
                var output = try LineOutput(unfinished.path)
                try write(readers, user, installation.shards, &lines, &output, showsProgress: true)
                bytes = output.bytes
            } catch {
                unlink(unfinished.path)
                throw error
            }
            try unfinished.finishFile()
            report(lines, bytes, ContinuousClock.now - start, unfinished.finalPath)
        } else {
            var output = LineOutput()
            let showsProgress = isatty(STDOUT_FILENO) == 0
            try write(readers, user, installation.shards, &lines, &output, showsProgress: showsProgress)
        }
    }

    /// Of the shards that may have something: the user's, or all.
    private func open(_ installation: Installation, _ user: UserID?) throws -> [ShardReader] {
        let shards = user.map { [installation.shards.shard(of: $0)] } ?? installation.shards.all
        guard let from else { return try shards.map(installation.reader) }
        let files = try BackupFiles(path: from, shards: installation.shards).existing()
        return try sqlite { () throws(DurableError) in
            var readers: [ShardReader] = []
            for (shard, path) in files where shards.contains(shard) { readers.append(try ShardReader(path)) }
            return readers
        }
    }

    private static func isUnknown(_ user: UserID, to reader: ShardReader) throws -> Bool {
        var isThere = false
        struct Found: Error {}
        do {
            try reader.export(user) { item in
                if case .user(_, let highest) = item, highest == 0 { return }
                throw Found()
            }
        } catch is Found { isThere = true } catch let error as DurableError { throw Failure(error.reason) }
        return !isThere
    }

    /// Users asked for at a time.
    private static let page = 500

    private func write(
        _ readers: [ShardReader], _ user: UserID?, _ shards: ShardCount, _ lines: inout ExportLines,
        _ output: inout LineOutput, showsProgress: Bool
    ) throws {
        do {
            let datasets = try readers.map { try $0.identity().dataset }
            let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
            try output.write(lines.header(user: user, shards: shards, datasets: datasets, at: now))
            let total = try readers.reduce(0) { try $0 + $1.sessionCount(of: user) }
            let bar = showsProgress ? ProgressBar("export", total: total, unit: "sessions") : nil
            defer { bar?.finish() }
            for reader in readers {
                var users = try user.map { [$0] } ?? reader.users(after: nil, limit: Self.page)
                while let last = users.last {
                    for one in users {
                        try reader.export(one) { item in
                            try output.write(try lines.line(item))
                            if case .session = item { bar?.advance() }
                        }
                    }
                    users = user == nil ? try reader.users(after: last, limit: Self.page) : []
                }
            }
            try output.write(lines.end)
            try output.finish()
        } catch let error as DurableError { throw Failure("SQLite: \(error.reason). `sessionctl verify` says more") }
    }

    private func report(_ lines: ExportLines, _ bytes: Int, _ duration: Duration, _ path: String) {
        let milliseconds = Int64(duration / .milliseconds(1))
        if output.json {
            var writer = JSONObjectWriter()
            writer.member("path", path)
            writer.member("bytes", bytes)
            writer.member("milliseconds", milliseconds)
            for (name, count) in lines.counts { writer.member(name, count) }
            return OutputOptions.put(json: writer.finish())
        }
        var table = Table([.text("exported"), .number("lines")])
        for (name, count) in lines.counts { table.row(["\(name)", Units.count(count)]) }
        let size = Units.bytes(bytes)
        OutputOptions.put(
            "\(table.text)\n\(size) in \(Units.duration(milliseconds: milliseconds)): \(Printable.text(path))\n")
    }
}
