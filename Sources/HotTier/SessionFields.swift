import Redis
import SessionModel

/// The fields of a session's hash, in the order in which scripts and reads hand them over.
enum SessionFields {
    static let names: [StaticString] = [
        "user_id", "name", "status", "mission_id", "metadata", "version", "log_id", "messages", "created_at",
        "updated_at", "last_activity_at",
    ]

    static func command(_ key: String) -> RedisCommand {
        var command = RedisCommand("HMGET")
        command.append(key)
        for name in names { command.append(name) }
        return command
    }

    /// Nil when a field is missing or not what its name promises.
    /// - Parameter first: where they begin in the reply.
    static func session(_ id: SessionID, _ reply: RedisReply, from first: Int = 0) -> UserSession? {
        func field(_ index: Int) -> RedisReply? { reply[first + index] }
        func time(_ index: Int) -> Timestamp? {
            field(index)?.integer.map { Timestamp(milliseconds: Int64($0)) }
        }
        guard let user = field(0)?.string.flatMap(UserID.init), let name = field(1)?.string,
            let status = field(2)?.string.flatMap(SessionStatus.init), let mission = field(3)?.string,
            let metadata = field(4)?.bytes, let version = field(5)?.integer,
            let logID = field(6)?.string.flatMap({ LogID($0) }), let messages = field(7)?.integer,
            let createdAt = time(8), let updatedAt = time(9), let lastActivityAt = time(10)
        else { return nil }
        return UserSession(
            id: id, userID: user, name: name, status: status, missionID: mission.isEmpty ? nil : MissionID(mission),
            sealedMetadata: metadata.isEmpty ? nil : metadata, version: Int64(version), logID: logID,
            messageCount: Int64(messages), createdAt: createdAt, updatedAt: updatedAt, lastActivityAt: lastActivityAt)
    }
}
