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
        let key: String = keys.session(id)
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
            guard let tombstone = replies[4].string.map(Tombstone.init), let user = tombstone.user,
                let logID = tombstone.logID
            else { return nil }
            return .deletedSession(id, user, logID)
        }
        guard var session = SessionFields.session(id, replies[0]) else {
            throw .broken("the hash of session \(id) makes no sense")
        }
        try store.place(&session, ends: replies[2], abandoned: replies[3])
        return .session(
            session, messages: Self.window(replies[1].elements.compactMap(\.bytes), last: session.messageCount))
    }

    private func copy(of id: MissionID) async throws(HotError) -> HotCopy? {
        guard let keys = store.keys(id.shard) else { return nil }
        let replies = try await store.read([
            RedisCommand("HGETALL", keys.mission(id)), RedisCommand("GET", keys.gone(id)),
        ])
        guard replies[0].count > 0 else {
            guard let tombstone = replies[1].string.map(Tombstone.init), let user = tombstone.user,
                let logID = tombstone.logID
            else { return nil }
            return .deletedMission(id, user, logID)
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

    /// The newest messages of a list up to the one numbered `last`, without gaps, each number once: where one stands twice,
    /// the one that came later. An append-only file that was cut off can have brought back a message in whose place another
    /// came since.
    static func window(_ list: [[UInt8]], last: Int64) -> [[UInt8]] {
        let numbers = list.map(MessageJSON.sequence)
        var isInOrder = numbers.last.map { $0 == last } ?? true
        for (number, next) in zip(numbers, numbers.dropFirst()) where isInOrder {
            isInOrder = number.map { $0 + 1 == next } ?? false
        }
        guard !isInOrder else { return list }
        let byNumber = Dictionary(
            zip(numbers, list).compactMap { number, message in number.map { ($0, message) } }, uniquingKeysWith: { $1 })
        var window: [[UInt8]] = []
        var number = last
        while let message = byNumber[number] {
            window.append(message)
            number -= 1
        }
        return window.reversed()
    }
}
