import SessionCore
import SessionModel

/// One line of an export, read and checked: see ``ExportLines``. Metadata is under the ring's key, whether it came sealed by
/// a key of it, or revealed.
enum ImportLine {
    case header(shards: Int)
    case user(UserID, highest: Int64)
    case mission([UInt8], MissionID, UserID, version: Int64)
    case hop(MissionTree.HopEntry, MissionID)
    case step(MissionTree.StepEntry, MissionID)
    case asset(MissionTree.AssetEntry, MissionID, content: [UInt8]?)
    case session(UserSession, title: String?)
    case message([UInt8], SessionID)
    /// How many there were of each.
    case end([String: Int])

    init(_ bytes: [UInt8], _ seal: MetadataSeal) throws {
        let root: JSONValue
        do { root = try JSONTape(stored: bytes).root } catch {
            throw Failure("it is no JSON: \(error.reason.rawValue)")
        }
        let reader = ImportReader(root: root, seal: seal)
        switch try reader.text("type") {
        case "header":
            guard try reader.text("format") == ExportLines.format, try reader.number("version") == ExportLines.version
            else {
                throw Failure("it is an export of another format or version")
            }
            self = .header(shards: Int(try reader.number("shards")))
        case "user": self = .user(try reader.user("user_id"), highest: try reader.number("highest_session_number"))
        case "mission":
            let document = try reader.sealedDocument("mission", Mission.metadataField, MissionKind.self)
            let mission = try Self.read { try Mission(document: document) }
            self = .mission(document, mission.id, mission.userID, version: try reader.number("version"))
        case "hop":
            let document = try reader.sealedDocument("hop", Hop.metadataField, HopKind.self)
            let hop = try Self.read { try Hop(document: document) }
            self = .hop(try Self.read { try MissionTree.HopEntry(document: document) }, hop.missionID)
        case "tool_step":
            let document = Array(try reader.value("tool_step").raw)
            _ = try Self.read { try ToolStep(document: document) }
            self = .step(
                try Self.read { try MissionTree.StepEntry(document: document) }, try reader.id("mission_id"))
        case "asset":
            let document = try reader.sealedDocument("asset", Asset.metadataField, AssetKind.self)
            let mission: MissionID = try reader.id("mission_id")
            _ = try Self.read { try Asset(document: document, in: mission) }
            self = .asset(
                try Self.read { try MissionTree.AssetEntry(document: document) }, mission,
                content: root["content"].map { Array($0.raw) })
        case "session":
            self = .session(
                try ImportReader(root: reader.value("session"), seal: seal).session(),
                title: root["chat"]?["title"]?.string)
        case "message": self = .message(Array(try reader.value("message").raw), try reader.id("session_id"))
        case "end":
            self = .end(
                root.members.reduce(into: [:]) { counts, member in
                    counts[member.key] = Int(String(decoding: member.value.raw, as: UTF8.self))
                })
        default: throw Failure("it is of no type that an export has")
        }
    }

    private static func read<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as DocumentError { throw Failure(error.description) }
    }
}

/// Takes one line's object apart.
struct ImportReader {
    let root: JSONValue
    let seal: MetadataSeal

    func value(_ key: String) throws -> JSONValue {
        guard let value = root[key] else { throw Failure("it has no \(key)") }
        return value
    }

    func text(_ key: String) throws -> String {
        guard let text = try value(key).string else { throw Failure("\(key) is no text") }
        return text
    }

    func number(_ key: String) throws -> Int64 {
        guard let number = Int64(String(decoding: try value(key).raw, as: UTF8.self)), number >= 0 else {
            throw Failure("\(key) is no number")
        }
        return number
    }

    func id<Kind>(_ key: String) throws -> Identifier<Kind> {
        guard let id = Identifier<Kind>(try text(key)) else { throw Failure("\(key) is no id") }
        return id
    }

    func time(_ key: String) throws -> Timestamp {
        guard let time = Timestamp(try text(key)) else { throw Failure("\(key) is no time") }
        return time
    }

    /// A number where it is a canonical one.
    func user(_ key: String) throws -> UserID {
        let value = try value(key)
        guard let user = UserID(value.string ?? String(decoding: value.raw, as: UTF8.self)) else {
            throw Failure("\(key) is no user's id")
        }
        return user
    }

    private func optional(_ key: String) -> JSONValue? { root[key].flatMap { $0.kind == .null ? nil : $0 } }

    func session() throws -> UserSession {
        let id: SessionID = try id("id")
        guard let status = SessionStatus(rawValue: try text("status")) else { throw Failure("status is none") }
        let name = try text("name")
        guard !name.isEmpty, name.count <= 255 else { throw Failure("name is empty, or longer than 255 characters") }
        let abandonedAt = try optional("abandoned_at") == nil ? nil : time("abandoned_at")
        guard (status == .abandoned) == (abandonedAt != nil) else {
            throw Failure("abandoned_at doesn't fit to status")
        }
        let version = try number("version")
        guard version > 0, version < Int64.max / 2 else { throw Failure("version is none") }
        return UserSession(
            id: id, userID: try user("user_id"), name: name, status: status,
            missionID: try optional("mission_id") == nil ? nil : self.id("mission_id"),
            sealedMetadata: try envelope(value("\(UserSession.metadataField)"), of: id, UserSession.metadataField),
            version: version, logID: .zero, messageCount: try number("message_count"),
            createdAt: try time("created_at"),
            updatedAt: try time("updated_at"), lastActivityAt: try time("last_activity_at"), abandonedAt: abandonedAt)
    }

    /// A document whose last member is metadata, which is sealed afterwards.
    func sealedDocument<Kind>(_ key: String, _ field: StaticString, _ kind: Kind.Type) throws -> [UInt8] {
        let document = try value(key)
        let bytes = Array(document.raw)
        guard let metadata = document["\(field)"] else { throw Failure("\(key) has no \(field)") }
        guard let id = document["id"]?.string.flatMap({ Identifier<Kind>($0) }) else {
            throw Failure("\(key) has no id")
        }
        let end = Array(",\"\(field)\":".utf8) + metadata.raw + [UInt8(ascii: "}")]
        guard bytes.count > end.count, bytes.suffix(end.count).elementsEqual(end) else {
            throw Failure("\(field) is not the last member of \(key)")
        }
        let head = bytes.dropLast(end.count)
        guard let envelope = try envelope(metadata, of: id, field) else {
            return Array(head) + ",\"\(field)\":{}}".utf8
        }
        return SealedMember.join(head, envelope, field)
    }

    /// Nil for `{}`.
    private func envelope<Kind>(
        _ metadata: JSONValue, of id: Identifier<Kind>, _ field: StaticString
    ) throws -> [UInt8]? {
        let plain: [UInt8]
        if metadata.kind == .object {
            plain = Array(metadata.raw)
        } else {
            guard let sealed = SealedMember.envelope(metadata.raw), !sealed.isEmpty else {
                throw Failure("\(field) is neither an object nor sealed")
            }
            do { plain = try seal.open(sealed, of: id, field: "\(field)") } catch {
                let why =
                    switch error {
                    case .unknownKey(let key): "under a key \(key), which the ring lacks"
                    case .damaged: "not under a key of this ring"
                    }
                throw Failure("\(field) of \(id) is sealed \(why): export it with --reveal, where it was sealed")
            }
        }
        guard plain != Array("{}".utf8) else { return nil }
        do { return try seal.seal(plain, of: id, field: "\(field)") } catch {
            throw Failure("\(field) can't be sealed")
        }
    }
}
