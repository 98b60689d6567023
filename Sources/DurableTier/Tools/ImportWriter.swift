import GRDB
import Logging
import SessionCore
import SessionModel

/// Writes sessions and missions of elsewhere into the files, while no service has them: each whole, in a transaction of its
/// own, and never over one that is there.
///
/// What is written comes from no log. So that a service that starts afterwards doesn't take the hot tier for whole, each file
/// that was written to says that it goes on from another hot tier: see ``SessionCore/HotLine``.
public final class ImportWriter {
    private let lock: FolderLock
    private let configuration: DurableConfiguration
    private var files: [Shard: ShardFile] = [:]

    /// What became of one of them.
    public enum Outcome: Sendable {
        case written
        /// One of that id is there.
        case present
        /// SQLite refuses it: a part of it is in another mission, say.
        case refused(String)
    }

    /// Has the folder alone until it is gone.
    public init(_ configuration: DurableConfiguration) throws(DurableError) {
        lock = try FolderLock.exclusive(configuration.folder)
        self.configuration = configuration
    }

    private func file(of shard: Shard) async throws(DurableError) -> ShardFile {
        if let file = files[shard] { return file }
        let file = try await ShardFile(
            ShardOpening(configuration: configuration, shard: shard), isFirst: true,
            logger: Logger(label: "import") { _ in SwiftLogNoOpLogHandler() })
        try await file.write { db in
            var statement = try SQLStatement(db, "UPDATE flush_cursor SET admission = ?, admitted_at = log_id")
            try statement.bind("import-\(UInt64.random(in: 0...UInt64.max))")
            try statement.run()
        }
        files[shard] = file
        return file
    }

    /// - Parameter messages: in their order, from the first on, as they are stored.
    public func put(_ session: UserSession, title: String?, messages: [[UInt8]]) async throws(DurableError) -> Outcome {
        try await put(in: session.id.shard, "user_sessions", session.id.description) { db in
            let number = try BatchPlan.insert(session, db)
            try BatchPlan.insert(messages, upTo: Int64(messages.count), number, db)
            guard let title else { return }
            var statement = try SQLStatement(db, "UPDATE chats SET title = ? WHERE session = ?")
            try statement.bind(title)
            try statement.bind(number)
            try statement.run()
        }
    }

    public func put(_ tree: MissionTree, contents: [AssetID: [UInt8]]) async throws(DurableError) -> Outcome {
        try await put(in: tree.id.shard, "missions", tree.id.description) { db in
            for content in contents.values where !content.isJSON { throw Rejection("a content is not JSON") }
            try MissionDraft(whole: tree, contents: contents).write(to: db)
        }
    }

    private func put(
        in shard: Shard, _ table: StaticString, _ id: String, _ write: @Sendable (Database) throws -> Void
    ) async throws(DurableError) -> Outcome {
        try await file(of: shard).write { db in
            var known = try SQLStatement(db, "SELECT 1 FROM \(table) WHERE id = ?")
            try known.bind(id)
            if try known.step() { return .present }
            var refusal = ""
            let outcome: Outcome? = try db.savepoint(
                {
                    try write(db)
                    return .written
                }, refused: { refusal = $0 })
            return outcome ?? .refused(refusal)
        }
    }

    /// The highest N of the user's names `Session N`.
    public func raise(_ number: Int64, of user: UserID) async throws(DurableError) {
        guard number > 0 else { return }
        try await file(of: configuration.shards.shard(of: user)).write { db in
            try BatchPlan.raise(number, of: user, db)
        }
    }

    public func close() async {
        for file in files.values {
            try? await file.write { db in try db.run("UPDATE dataset SET is_closed = 1") }
            await file.close()
        }
        files = [:]
    }
}
