import Redis
import SessionCore
import SessionModel

/// The fields of a mission's hash: `user_id`, `version`, `log_id` and `session_id` (empty without one), and each part under
/// the name of its ``MissionPart``. A content too large to be here stands as `@` and the log entry that brought it; if that
/// is no longer in the log, SQLite has it.
enum MissionFields {
    /// Where a hydrated mission's large contents came from: a log entry that there never is.
    static let inSQLite = Array("@0-0".utf8)

    /// Whose the mission is, as it is written; nil in a hash of an older schema.
    static func owner(_ fields: RedisReply) -> String? {
        var owner: String?
        _ = fields.forEachPair { name, value in
            if Kind(name) == .userID { owner = String(decoding: value, as: UTF8.self) }
        }
        return owner
    }

    /// Nil when a field is missing, or not what its name promises. What no name is known of is passed over.
    static func tree(_ id: MissionID, _ fields: RedisReply) -> MissionTree? {
        var (user, session): (UserID?, SessionID??) = (nil, nil)
        var (version, logID): (Int64?, LogID?) = (nil, nil)
        var mission: [UInt8]?
        var hops: [MissionTree.HopEntry] = []
        var steps: [MissionTree.StepEntry] = []
        var assets: [MissionTree.AssetEntry] = []
        let pairs: Int
        do throws(DocumentError) {
            pairs = try fields.forEachPair { (name, value) throws(DocumentError) in
                switch Kind(name) {
                case .hop: hops.append(try MissionTree.HopEntry(document: [UInt8](value)))
                case .step: steps.append(try MissionTree.StepEntry(document: [UInt8](value)))
                case .asset: assets.append(try MissionTree.AssetEntry(document: [UInt8](value)))
                case .content, nil: break
                case .mission: mission = [UInt8](value)
                case .userID: user = UserID(String(decoding: value, as: UTF8.self))
                case .version: version = Int64(String(decoding: value, as: UTF8.self))
                case .logID: logID = LogID(String(decoding: value, as: UTF8.self))
                case .sessionID:
                    if value.isEmpty { session = .some(nil) } else if let id = SessionID(value) { session = id }
                }
            }
        } catch { return nil }
        guard pairs * 2 == fields.count else { return nil }
        guard let user, let version, let logID, let session, let mission else { return nil }
        return MissionTree(
            id: id, userID: user, version: version, logID: logID, sessionID: session, mission: mission, hops: hops,
            steps: steps, assets: assets)
    }

    /// What stands in each asset's content field.
    static func contents(_ fields: RedisReply) -> [AssetID: [UInt8]] {
        var contents: [AssetID: [UInt8]] = [:]
        _ = fields.forEachPair { name, value in
            guard Kind(name) == .content,
                case .content(let id) = MissionPart(String(decoding: name, as: UTF8.self))
            else { return }
            contents[id] = [UInt8](value)
        }
        return contents
    }

    /// A field's kind, told by the length of its name and its first byte: the hash of a large mission has many fields.
    private enum Kind {
        case hop, step, asset, content, mission, userID, version, logID, sessionID

        init?(_ name: UnsafeRawBufferPointer) {
            switch (name.count, name.first) {
            case (40, UInt8(ascii: "h")): self = .hop
            case (41, UInt8(ascii: "s")): self = .step
            case (42, UInt8(ascii: "a")): self = .asset
            case (44, UInt8(ascii: "c")): self = .content
            case (7, UInt8(ascii: "m")): self = .mission
            case (7, UInt8(ascii: "u")): self = .userID
            case (7, UInt8(ascii: "v")): self = .version
            case (6, UInt8(ascii: "l")): self = .logID
            case (10, UInt8(ascii: "s")): self = .sessionID
            default: return nil
            }
        }
    }
}
