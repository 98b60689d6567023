import Redis
import SessionCore
import SessionModel

extension RedisHotCopies {
    public func copy(of subject: Subject) async throws(HotError) -> HotCopy? {
        switch subject {
        case .session(let id): try await copy(of: id)
        case .mission(let id): try await copy(of: id)
        }
    }

    private func copy(of id: SessionID) async throws(HotError) -> HotCopy? {
        guard let keys = store.keys(id.shard) else { return nil }
        let key = keys.session(id)
        let replies: [RedisReply]
        do {
            replies = try await store.snapshot(
                [
                    SessionFields.command(key), RedisCommand("LRANGE", keys.messages(id), "0", "-1"),
                    RedisCommand("PEXPIRETIME", keys.alive(id)), RedisCommand("ZSCORE", keys.abandoned, id.description),
                    RedisCommand("GET", keys.gone(id)),
                ], of: key)
        } catch { throw HotError(error).ofRead }
        guard replies[0][0]?.isNull == false else {
            return replies[4].string.flatMap(Self.tombstone).map { .deletedSession(id, $0.user, $0.logID) }
        }
        guard var session = SessionFields.session(id, Array(replies[0].elements)) else {
            throw .broken("the hash of session \(id) makes no sense")
        }
        try store.place(&session, ends: replies[2], abandoned: replies[3])
        return .session(session, messages: replies[1].elements.compactMap(\.bytes))
    }

    private func copy(of id: MissionID) async throws(HotError) -> HotCopy? {
        guard let keys = store.keys(id.shard) else { return nil }
        let replies = try await store.read([
            RedisCommand("HGETALL", keys.mission(id)), RedisCommand("GET", keys.gone(id)),
        ])
        guard replies[0].count > 0 else {
            return replies[1].string.flatMap(Self.tombstone).map { .deletedMission(id, $0.user, $0.logID) }
        }
        guard let tree = MissionFields.tree(id, replies[0]) else {
            throw .broken("the hash of mission \(id) makes no sense")
        }
        var contents: [AssetID: AssetContent] = [:]
        for (asset, content) in MissionFields.contents(replies[0]) {
            contents[asset] =
                content.first == UInt8(ascii: "@")
                ? try await store.logged(content, of: asset, keys) : .here(content)
        }
        return .mission(DurableMission(tree: tree, contents: contents))
    }

    /// Whose deletion it was: `<log id> <user id>`.
    private static func tombstone(_ text: String) -> (logID: LogID, user: UserID)? {
        let words = text.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let logID = LogID(words[0]), let user = UserID(String(words[1])) else { return nil }
        return (logID, user)
    }
}
