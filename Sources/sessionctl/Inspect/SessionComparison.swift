import DurableTier
import HotTier
import SessionModel

/// What both tiers say of one session, field by field, and what that means.
struct SessionComparison {
    struct Field {
        var name: String
        /// Nil: not there.
        var hot: [UInt8]?
        var stored: [UInt8]?
        var differs: Bool
    }

    enum Verdict: Equatable {
        case agree
        /// All that differs is when it was last seen, which is written every `write-behind.activity-flush`.
        case activityUnwritten
        /// SQLite is behind, and the log has what it lacks.
        case unflushed(Int)
        /// It is deleted, and SQLite is yet to hear of it.
        case deletionUnflushed
        case deleted
        /// It has ended and left Redis, as it should.
        case cold
        case unknown
        /// Nothing explains it.
        case differ(String)

        var isFinding: Bool {
            switch self {
            case .unknown, .differ: true
            case .agree, .activityUnwritten, .unflushed, .deletionUnflushed, .deleted, .cold: false
            }
        }
    }

    let fields: [Field]
    let verdict: Verdict

    /// Names in the hot tier's hash, and the columns.
    private static let names: [(hot: String, stored: String)] = [
        ("user_id", "user_id"), ("name", "name"), ("status", "status"), ("mission_id", "mission_id"),
        ("metadata", "session_metadata"), ("version", "version"), ("log_id", "log_id"), ("messages", "message_count"),
        ("created_at", "created_at"), ("updated_at", "updated_at"), ("last_activity_at", "last_activity_at"),
        ("abandoned_at", "abandoned_at"),
    ]

    init(hot: HotSession, stored: StoredSession, unflushed: [LoggedChange]) {
        let isHot = !hot.fields.isEmpty
        let isStored = !stored.fields.isEmpty
        var fields = Self.names.map { name, column in
            var value = hot.fields[name]
            // Empty is none.
            if ["mission_id", "metadata"].contains(name), value?.isEmpty == true { value = nil }
            if name == "abandoned_at" { value = hot.abandonedAt.map { Array(String($0.milliseconds).utf8) } }
            return Field(
                name: name == "metadata" ? column : name, hot: value, stored: stored.fields[column],
                differs: isHot && isStored && value != stored.fields[column])
        }
        if let tree = hot.mission, let other = stored.mission, tree.id == other.id {
            let (version, otherVersion) = (Array(String(tree.version).utf8), Array(String(other.version).utf8))
            fields.append(
                Field(
                    name: "mission.version", hot: version, stored: otherVersion,
                    differs: !tree.hasSameParts(as: other)))
        }
        self.fields = fields
        verdict = Self.verdict(hot, stored, unflushed, fields.filter(\.differs).map(\.name))
    }

    private static func verdict(
        _ hot: HotSession, _ stored: StoredSession, _ unflushed: [LoggedChange], _ differing: [String]
    ) -> Verdict {
        switch (hot.fields.isEmpty, stored.fields.isEmpty) {
        case (true, true): return hot.tombstone == nil ? .unknown : .deleted
        case (true, false):
            if hot.tombstone != nil {
                return unflushed.isEmpty
                    ? .differ("Redis says that it is deleted, SQLite has it, and no log entry will delete it")
                    : .deletionUnflushed
            }
            let status = stored.text("status")
            guard status == SessionStatus.active.rawValue else { return .cold }
            return .differ(
                hot.hasLog
                    ? "it is active and must be in Redis, but isn't"
                    : "Redis has lost its data; the service loads it again")
        case (false, true):
            return unflushed.isEmpty
                ? .differ("Redis has it, SQLite doesn't, and the log has no entry that would make it")
                : .unflushed(unflushed.count)
        case (false, false):
            let unexplained = differing.filter { $0 != "last_activity_at" || !hot.isTouched }
            if !unexplained.isEmpty, unflushed.isEmpty {
                return .differ("nothing in the log explains that they differ in \(unexplained.joined(separator: ", "))")
            }
            if !unflushed.isEmpty { return .unflushed(unflushed.count) }
            return differing.isEmpty ? .agree : .activityUnwritten
        }
    }
}

extension MissionTree {
    /// Whether every part of both is there and the same, and the version too. Links are not a part.
    func hasSameParts(as other: MissionTree) -> Bool {
        version == other.version && mission == other.mission && parts == other.parts
    }

    /// By their ids: steps of different hops come in any order.
    private var parts: [String: [UInt8]] {
        var parts: [String: [UInt8]] = [:]
        for hop in hops { parts[hop.id.description] = hop.document }
        for step in steps { parts[step.id.description] = step.document }
        for asset in assets { parts[asset.id.description] = asset.document }
        return parts
    }
}
