import Redis
import SessionCore
import SessionModel

extension RedisHotStore {
    /// Why a session may not be asked for whole; nil where it is hot and `user`'s. Nothing else of what is another's is moved,
    /// or the time of the answer would tell that it is there, and how much of it. An owner never changes: one that was seen
    /// is not asked for again.
    func refusal(_ id: SessionID, _ user: UserID, _ keys: Keys) async throws(HotError) -> HotRefusal? {
        if owners[id] == user { return nil }
        let refusal = try await refusal(keys.session(id), keys.gone(id), user, keys)
        if refusal == nil { owners[id] = user }
        return refusal
    }

    /// The same of a mission.
    func refusal(_ id: MissionID, _ user: UserID, _ keys: Keys) async throws(HotError) -> HotRefusal? {
        if missionOwners[id] == user { return nil }
        let refusal = try await refusal(keys.mission(id), keys.gone(id), user, keys)
        if refusal == nil { missionOwners[id] = user }
        return refusal
    }

    private func refusal(
        _ key: String, _ gone: String, _ user: UserID, _ keys: Keys
    ) async throws(HotError) -> HotRefusal? {
        let replies = try await readReconciled([RedisCommand("HGET", key, "user_id"), RedisCommand("GET", gone)], keys)
        guard !replies[0].isNull else {
            // A tombstone says whose it was, behind the log id.
            return replies[1].string?.hasSuffix(" " + user.text) == true ? .absent : .miss
        }
        guard let owner = replies[0].string.flatMap(UserID.init) else { throw unreadable }
        // Another's: as if there were none, and after the same way to SQLite.
        return owner == user ? nil : .miss
    }
}
