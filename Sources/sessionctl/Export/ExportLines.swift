import DurableTier
import SessionCore
import SessionModel

/// The lines of an export: one JSON object each (NDJSON), told by `type`, in this order:
///
/// | type | holds |
/// |---|---|
/// | `header` | `format` (`sessiond-export`), `version` (1), `exported_at`, `shards`, `datasets`, `user_id` (null: all users), `revealed` |
/// | `user` | `user_id`, `highest_session_number` (the highest N of the names `Session N`). What follows is this user's, up to the next |
/// | `mission` | `version`, `mission`: its document, as both tiers keep it. Missions come before the sessions that are linked to them |
/// | `hop` | `hop`: its document, which names its mission. A mission's in their order |
/// | `tool_step` | `mission_id`, `tool_step`: its document, which names its hop. A hop's in their order, behind it |
/// | `asset` | `mission_id`, `asset`: its document; `content`: one JSON value, left out where there is none |
/// | `session` | `session`: all fields, `mission_id` among them; `chat`: `id`, `title`, `chat_metadata`, `created_at` |
/// | `message` | `session_id`, `message`: its document, with its sequence number. A chat's in their order, behind the session |
/// | `end` | how many lines there were of each type. Without it the file was cut off |
///
/// Ids, versions, statuses and times are as they were, so that whoever reads it can make everything again. Metadata is a
/// string with the envelope in base64 while it is sealed (and opens with the same key ring, as long as the ids stay), an
/// object where it is empty or revealed. Characters that could move a terminal's cursor stand as escapes.
struct ExportLines {
    static let format = "sessiond-export"
    static let version = 1

    /// Nil: metadata stays sealed.
    let seal: MetadataSeal?

    /// Lines of each type.
    private(set) var counts: [(name: StaticString, count: Int)] = [
        ("user", 0), ("mission", 0), ("hop", 0), ("tool_step", 0), ("asset", 0), ("session", 0), ("message", 0),
    ]

    init(seal: MetadataSeal?) { self.seal = seal }

    func header(user: UserID?, shards: ShardCount, datasets: [String], at time: Timestamp) -> [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("type", "header")
        writer.member("format", Self.format)
        writer.member("version", Self.version)
        writer.member("exported_at", time)
        writer.member("shards", shards.value)
        writer.member("datasets", texts: datasets)
        if let user { writer.member("user_id", user) } else { writer.member("user_id", json: "null".utf8) }
        writer.member("revealed", seal != nil)
        return writer.finish()
    }

    var end: [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("type", "end")
        for (name, count) in counts { writer.member(name, count) }
        return writer.finish()
    }

    mutating func line(_ item: ExportedItem) throws -> [UInt8] {
        var writer = JSONObjectWriter(reserving: 1024)
        switch item {
        case .user(let user, let highest):
            begin(0, &writer)
            writer.member("user_id", user)
            writer.member("highest_session_number", highest)
        case .mission(let mission, let version):
            begin(1, &writer)
            writer.member("version", version)
            writer.member("mission", json: try opened(mission.document(), mission.id, Mission.metadataField))
        case .hop(let hop):
            begin(2, &writer)
            writer.member("hop", json: try opened(hop.document(), hop.id, Hop.metadataField))
        case .step(let step, let mission):
            begin(3, &writer)
            writer.member("mission_id", mission)
            writer.member("tool_step", json: step.document())
        case .asset(let asset, let content):
            begin(4, &writer)
            writer.member("mission_id", asset.missionID)
            writer.member("asset", json: try opened(asset.document(), asset.id, Asset.metadataField))
            if let content { writer.member("content", json: content) }
        case .session(let session, let chat):
            begin(5, &writer)
            writer.member("session", json: try opened(Self.object(session), session.id, UserSession.metadataField))
            writer.member("chat", json: Self.object(chat, of: session.id))
        case .message(let session, let document):
            begin(6, &writer)
            writer.member("session_id", session)
            writer.member("message", json: document)
        }
        return writer.finish()
    }

    private mutating func begin(_ type: Int, _ writer: inout JSONObjectWriter) {
        counts[type].count += 1
        writer.member("type", "\(counts[type].name)")
    }

    private static func object(_ session: UserSession) -> [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("id", session.id)
        writer.member("user_id", session.userID)
        writer.member("name", session.name)
        writer.member("status", session.status.rawValue)
        writer.member("mission_id", session.missionID)
        writer.member("version", session.version)
        writer.member("message_count", session.messageCount)
        writer.member("created_at", session.createdAt)
        writer.member("updated_at", session.updatedAt)
        writer.member("last_activity_at", session.lastActivityAt)
        writer.member("abandoned_at", optional: session.abandonedAt)
        SealedMember.write(session.sealedMetadata, UserSession.metadataField, to: &writer)
        return writer.finish()
    }

    /// Nothing writes a chat's metadata yet; should there be any, it stays sealed.
    private static func object(_ chat: ExportedChat, of session: SessionID) -> [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("id", session.chat)
        writer.member("title", optional: chat.title)
        writer.member("created_at", chat.createdAt)
        SealedMember.write(chat.sealedMetadata, "chat_metadata", to: &writer)
        return writer.finish()
    }

    /// The document with its metadata opened, if the key ring is there.
    private func opened<Kind>(_ document: [UInt8], _ id: Identifier<Kind>, _ field: StaticString) throws -> [UInt8] {
        guard let seal else { return document }
        guard let (open, envelope) = SealedMember.split(document, field) else {
            throw Failure("\(field) of \(id) can't be understood: `sessionctl verify` says more")
        }
        guard let envelope else { return document }
        let metadata: [UInt8]
        do { metadata = try seal.open(envelope, of: id, field: "\(field)") } catch {
            let reason =
                switch error {
                case .unknownKey(let key): "the key ring has no key \(key)"
                case .damaged: "it is not what was sealed there"
                }
            throw Failure("\(field) of \(id) can't be opened: \(reason). Without --reveal it is exported as it is")
        }
        var bytes = Array(open)
        bytes += ",\"\(field)\":".utf8
        bytes += metadata
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
