import ArgumentParser
import DurableTier
import HotTier
import SessionCore
import SessionModel
import SessionOptions
import Terminal

struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Everything of one user.", subcommands: [Delete.self])

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes everything of one user from both tiers, and prints a receipt.",
            discussion: """
                Sessions with their chats, missions with all that is in them, idempotency keys, dead letters. Beside a running \
                service; it may be run again where it was broken off. What it can't reach: backups and exports; Redis' append-only \
                file until it is rewritten (BGREWRITEAOF); free pages of SQLite's files until they are used again; logs of other \
                programs.
                """)

        @Argument(help: "The user's id, as a token's `sub` has it.")
        var user: String

        @Flag(help: "Without asking.")
        var yes = false

        @OptionGroup var options: SettingsOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard UserID(user) != nil else {
                throw ValidationError("USER: 1 to \(UserID.longest) bytes without control characters")
            }
        }

        func run() async throws {
            guard let id = UserID(user) else { return }
            if !yes, !Confirmation.isGiven("Delete everything of the user \(Printable.text(user)) for good?") {
                throw Failure("nothing was deleted: it takes --yes, or a yes on a terminal")
            }
            let installation = try await Installation(options)
            let shard = installation.shards.shard(of: id)
            let reader = try installation.reader(of: shard)
            defer { reader.close() }
            let progress = ProgressBar("deleting", total: nil, unit: "sessions and missions")
            defer { progress.finish() }
            let (found, left) = try await installation.withHotTools { tools in
                let deletion = UserDeletion(user: id, shard: shard, tools: tools, reader: reader, progress: progress)
                let found = try await deletion.run { log in
                    try await installation.waitUntilFlushed(log, of: shard, reader)
                }
                return (found, try await Self.left(of: id, tools, reader))
            }
            progress.finish()
            put(found, left)
            if !left.isEmpty { throw ExitCode.failure }
        }

        /// What is there all the same. The indexes give up what is deleted a moment after the commit.
        private static func left(
            of user: UserID, _ tools: HotTools, _ reader: ShardReader
        ) async throws -> [String] {
            var left: [String] = []
            for _ in 0..<50 {
                let held = try sqlite { () throws(DurableError) in try reader.holdings(of: user) }
                left = held.counts.filter { $0.count > 0 }.map { "\($0.count) \($0.name) in SQLite" }
                left += try await tools.inspector.keys(of: user).map { "the key \($0) in Redis" }
                if left.isEmpty { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            return left
        }

        private func put(_ found: UserHoldings, _ left: [String]) {
            if output.json {
                var writer = JSONObjectWriter(reserving: 256)
                writer.member("user_id", user)
                writer.member("deleted") { output in
                    var counts = JSONObjectWriter(reserving: 128)
                    for (name, count) in found.counts { counts.member(name, count) }
                    output += counts.finish()
                }
                writer.member("left") { $0.appendArray(left) { JSONText.write($0, into: &$1) } }
                return OutputOptions.put(json: writer.finish())
            }
            var table = Table([.text("deleted"), .number("")])
            for (name, count) in found.counts { table.row(["\(name)", Units.count(count)]) }
            let end =
                left.isEmpty
                ? "Nothing of the user \(Printable.text(user)) is in either tier any more."
                : "There is more: \(left.joined(separator: ", ")). Run it again."
            OutputOptions.put("\(table.text)\n\(Printable.text(end))\n")
        }
    }
}
