import DurableTier
import SessionCore
import SessionModel

/// Puts the lines of an export together again: a mission with its parts, a session with its messages, each written when it is
/// whole.
struct Importing {
    let writer: ImportWriter
    let shards: ShardCount

    private(set) var imported: [(name: StaticString, count: Int)] = [("missions", 0), ("sessions", 0), ("messages", 0)]
    private(set) var skipped = 0
    private var counts: [String: Int] = [:]
    private var hasBegun = false
    private(set) var hasEnded = false
    private var user: UserID?
    private var mission: PendingMission?
    private var session: PendingSession?

    private struct PendingMission {
        var document: [UInt8]
        var id: MissionID
        var version: Int64
        var hops: [MissionTree.HopEntry] = []
        var steps: [MissionTree.StepEntry] = []
        var assets: [MissionTree.AssetEntry] = []
        var contents: [AssetID: [UInt8]] = [:]
    }

    private struct PendingSession {
        var session: UserSession
        var title: String?
        var messages: [[UInt8]] = []
    }

    init(_ writer: ImportWriter, _ shards: ShardCount) {
        self.writer = writer
        self.shards = shards
    }

    mutating func take(_ line: ImportLine) async throws {
        guard !hasEnded else { throw Failure("there is more behind the end") }
        guard hasBegun || { if case .header = line { true } else { false } }() else {
            throw Failure("it doesn't begin with a header: is it an export?")
        }
        switch line {
        case .header(let count):
            guard !hasBegun else { throw Failure("a second header") }
            guard count == shards.value else {
                throw Failure(
                    "it is of an installation of \(count) shards, this one has \(shards.value): a session's id ends in its shard's number, and \"shards\" must be the same"
                )
            }
            hasBegun = true
        case .user(let id, let highest):
            try await finish()
            user = id
            count("user")
            try await write { () throws(DurableError) in try await writer.raise(highest, of: id) }
        case .mission(let document, let id, let owner, let version):
            try await finish()
            try demand(owner, id.shard)
            guard version > 0 else { throw Failure("version is none") }
            count("mission")
            mission = PendingMission(document: document, id: id, version: version)
        case .hop(let hop, let id):
            try demand(id)
            count("hop")
            mission?.hops.append(hop)
        case .step(let step, let id):
            try demand(id)
            count("tool_step")
            mission?.steps.append(step)
        case .asset(let asset, let id, let content):
            try demand(id)
            count("asset")
            mission?.assets.append(asset)
            if let content { mission?.contents[asset.id] = content }
        case .session(let new, let title):
            try await finish()
            try demand(new.userID, new.id.shard)
            count("session")
            session = PendingSession(session: new, title: title)
        case .message(let document, let id):
            guard let pending = session, pending.session.id == id else { throw Failure("it is not behind its session") }
            try check(document, in: pending)
            count("message")
            session?.messages.append(document)
        case .end(let expected):
            try await finish()
            for (name, number) in expected where number != counts[name, default: 0] {
                throw Failure("there were \(counts[name, default: 0]) lines of \(name), and should be \(number)")
            }
            hasEnded = true
        }
    }

    private mutating func count(_ name: String) { counts[name, default: 0] += 1 }

    private func demand(_ owner: UserID, _ shard: Shard) throws {
        guard owner == user else { throw Failure("it is not behind its user") }
        guard shards.shard(of: owner) == shard else { throw Failure("its id is of another shard than its user") }
    }

    private func demand(_ id: MissionID) throws {
        guard mission?.id == id else { throw Failure("it is not behind its mission") }
    }

    /// What the service would have written.
    private func check(_ document: [UInt8], in pending: PendingSession) throws {
        let number = Int64(pending.messages.count) + 1
        let root: JSONValue
        do { root = try JSONTape(document).root } catch { throw Failure("the message \(error.reason.rawValue)") }
        guard MessageJSON.sequence(document) == number else { throw Failure("it should be message \(number)") }
        guard root["id"]?.string.flatMap({ MessageID($0) }) != nil,
            root["chat_id"]?.string == pending.session.id.chat.description,
            root["role"]?.string.flatMap(MessageRole.init) != nil, root["content"]?.string != nil,
            root["message_metadata"]?.kind == .object, root["created_at"]?.string.flatMap({ Timestamp($0) }) != nil,
            root["updated_at"]?.string.flatMap({ Timestamp($0) }) != nil
        else { throw Failure("message \(number) is not what a message is") }
    }

    /// Writes what has come to its end.
    private mutating func finish() async throws {
        if let pending = mission {
            mission = nil
            guard let user else { return }
            let tree = MissionTree(
                id: pending.id, userID: user, version: pending.version, logID: .zero,
                mission: pending.document, hops: pending.hops, steps: pending.steps, assets: pending.assets)
            let contents = pending.contents
            let outcome = try await write { () throws(DurableError) in
                try await writer.put(tree, contents: contents)
            }
            try note(outcome, "mission \(pending.id)", 0)
        }
        if let pending = session {
            session = nil
            guard Int64(pending.messages.count) == pending.session.messageCount else {
                throw Failure(
                    "session \(pending.session.id) counts \(pending.session.messageCount) messages, and \(pending.messages.count) came"
                )
            }
            let outcome = try await write { () throws(DurableError) in
                try await writer.put(pending.session, title: pending.title, messages: pending.messages)
            }
            if try note(outcome, "session \(pending.session.id)", 1) { imported[2].count += pending.messages.count }
        }
    }

    @discardableResult
    private mutating func note(_ outcome: ImportWriter.Outcome, _ what: String, _ place: Int) throws -> Bool {
        switch outcome {
        case .written:
            imported[place].count += 1
            return true
        case .present:
            skipped += 1
            return false
        case .refused(let why): throw Failure("\(what) can't be written: \(why)")
        }
    }

    private func write<Value>(_ body: () async throws(DurableError) -> Value) async throws -> Value {
        do throws(DurableError) { return try await body() } catch { throw Failure("SQLite: \(error.reason)") }
    }
}
