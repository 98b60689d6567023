import SessionCore
import SessionModel

extension SimRedis {
    /// create.lua, of a session with a name.
    mutating func create(
        _ creation: SessionCreation, run: String, policy: LifecyclePolicy
    ) throws(HotError) -> HotReply<CreatedSession> {
        try demandReconciled(run)
        if let key = creation.idempotency {
            if let first = firstUses[Key(user: creation.userID, hash: key.keyHash)] {
                guard first.bodyHash == key.bodyHash else { return .refused(.keyReused) }
                return .replayed(try Self.created(first.outcome))
            }
            if !key.isNew, let until = keysLostUntil, now < until { return .refused(.keyUnknown) }
        }
        let (node, ends) = (nextNode, now + policy.abandonAfter)
        let name = Self.name(of: node)
        var fields = [
            LogEntry.Field("op", "create"), .init("sid", "\(creation.id)"), .init("user_id", creation.userID.text),
            .init("version", 1), .init("at", now), .init("last_activity_at", now), .init("name", name),
            .init("status", "active"), .init("metadata", ""),
        ]
        let outcome = ("\(creation.id) ", " \(now) \(ends) \(name)")
        if let key = creation.idempotency {
            fields.append(.init("idem", "\(key.keyHash) \(key.bodyHash) \(outcome.0)*\(outcome.1)"))
        }
        guard let id = add(fields) else { throw .unreconciled }
        let session = UserSession(
            id: creation.id, userID: creation.userID, name: name, status: .active, version: 1, logID: id,
            messageCount: 0, createdAt: Timestamp(milliseconds: now), updatedAt: Timestamp(milliseconds: now),
            lastActivityAt: Timestamp(milliseconds: now))
        hot[creation.id] = Hot(session: session, messages: [], expires: nil)
        alive[creation.id] = ends
        unsettled[creation.id] = now
        activity[creation.id] = now
        if let key = creation.idempotency {
            keep(key, of: creation.userID, outcome.0 + id.description + outcome.1)
        }
        made = Node(node, .create, after: nil, session, messages: [], key: creation.idempotency?.keyHash)
        return .done(
            CreatedSession(
                id: creation.id, name: name, createdAt: session.createdAt, abandonsAt: Timestamp(milliseconds: ends),
                logID: id))
    }

    /// append.lua
    mutating func append(
        _ append: MessageAppend, run: String, policy: LifecyclePolicy
    ) throws(HotError) -> HotReply<AppendedMessages> {
        try demandReconciled(run)
        if let key = append.idempotency {
            if let first = firstUses[Key(user: append.userID, hash: key.keyHash)] {
                guard first.bodyHash == key.bodyHash else { return .refused(.keyReused) }
                return .replayed(try Self.appended(first.outcome))
            }
            if !key.isNew, let until = keysLostUntil, now < until { return .refused(.keyUnknown) }
        }
        guard var one = hot[append.session] else { return .refused(gone[append.session] == nil ? .miss : .absent) }
        let before = one.session
        guard before.userID == append.userID else { return .refused(.miss) }
        if isDue(before, policy) { return .refused(.due) }
        guard SessionMove.use.from.contains(before.status) else { return .refused(.status(before.status)) }
        if case .oneOf(let versions) = append.condition, !versions.contains(before.version) {
            return .refused(.version(before.version))
        }
        let node = nextNode
        let at = max(now, before.lastActivityAt.milliseconds)
        let first = before.messageCount + 1
        var fields = [
            LogEntry.Field("op", "append"), .init("sid", "\(append.session)"), .init("user_id", append.userID.text),
            .init("version", before.version + 1), .init("at", at), .init("last_activity_at", at),
            .init("name", Self.name(of: node)), .init("first", first),
        ]
        let returns = before.status != SessionMove.use.to
        if returns { fields.append(.init("status", SessionMove.use.to.rawValue)) }
        var messages: [[UInt8]] = []
        for (index, message) in append.messages.enumerated() {
            let json = Array("[\"\(message.content)\",\(first + Int64(index))]".utf8)
            messages.append(json)
            fields.append(LogEntry.Field(name: "m", value: json))
        }
        let ids = append.messages.map(\.id.description).joined(separator: " ")
        let outcome = " \(before.version + 1) \(first) \(at) \(ids)"
        if let key = append.idempotency {
            fields.append(.init("idem", "\(key.keyHash) \(key.bodyHash) *\(outcome)"))
        }
        guard let id = add(fields) else { throw .unreconciled }
        change(&one.session, node, id, at)
        one.session.lastActivityAt = Timestamp(milliseconds: at)
        one.session.status = SessionMove.use.to
        one.session.messageCount += Int64(messages.count)
        one.messages += messages
        if returns { one.expires = nil }
        hot[append.session] = one
        alive[append.session] = at + policy.abandonAfter
        unsettled[append.session] = at
        activity[append.session] = at
        if returns { abandoned[append.session] = nil }
        if let key = append.idempotency { keep(key, of: append.userID, id.description + outcome) }
        made = Node(node, .append, after: before, one.session, messages: messages, key: append.idempotency?.keyHash)
        return .done(
            AppendedMessages(
                ids: append.messages.map(\.id), firstSequence: first, createdAt: Timestamp(milliseconds: at),
                version: one.session.version, logID: id))
    }

    /// update.lua, of the status alone.
    mutating func update(
        _ update: SessionUpdate, run: String, policy: LifecyclePolicy
    ) throws(HotError) -> HotReply<UserSession> {
        try demandReconciled(run)
        guard var one = hot[update.session] else { return .refused(gone[update.session] == nil ? .miss : .absent) }
        let before = one.session
        guard before.userID == update.userID else { return .refused(.miss) }
        if isDue(before, policy) { return .refused(.due) }
        guard update.from.contains(before.status) else { return .refused(.status(before.status)) }
        if case .oneOf(let versions) = update.condition, !versions.contains(before.version) {
            return .refused(.version(before.version))
        }
        let node = nextNode
        let at = max(now, before.lastActivityAt.milliseconds)
        var fields = [
            LogEntry.Field("op", update.move.rawValue), .init("sid", "\(update.session)"),
            .init("user_id", update.userID.text), .init("version", before.version + 1), .init("at", at),
            .init("last_activity_at", at), .init("name", Self.name(of: node)),
        ]
        let moves = before.status != update.to
        if moves { fields.append(.init("status", update.to.rawValue)) }
        guard let id = add(fields) else { throw .unreconciled }
        change(&one.session, node, id, at)
        one.session.lastActivityAt = Timestamp(milliseconds: at)
        one.session.status = update.to
        unsettled[update.session] = at
        if moves {
            abandoned[update.session] = nil
            one.expires = nil
        }
        if update.to == .active {
            alive[update.session] = at + policy.abandonAfter
            activity[update.session] = at
        } else {
            alive[update.session] = nil
            activity[update.session] = nil
            touched[update.session] = nil
        }
        hot[update.session] = one
        made = Node(node, .move(update.move), after: before, one.session, messages: [], key: nil)
        return .done(one.session)
    }

    /// touch.lua
    mutating func touch(
        _ id: SessionID, of user: UserID, run: String, policy: LifecyclePolicy
    ) throws(HotError) -> HotReply<TouchedSession> {
        try demandReconciled(run)
        guard let session = hot[id]?.session else { return .refused(gone[id] == nil ? .miss : .absent) }
        guard session.userID == user else { return .refused(.miss) }
        guard session.status == .active else { return .refused(.status(session.status)) }
        if isDue(session, policy) { return .refused(.due) }
        let at = max(now, session.lastActivityAt.milliseconds)
        hot[id]?.session.lastActivityAt = Timestamp(milliseconds: at)
        alive[id] = at + policy.abandonAfter
        activity[id] = at
        unsettled[id] = at
        touched[id] = at
        return .done(
            TouchedSession(
                lastActivityAt: Timestamp(milliseconds: at),
                abandonsAt: Timestamp(milliseconds: at + policy.abandonAfter)))
    }

    /// delete.lua
    mutating func delete(_ deletion: SessionDeletion, run: String) throws(HotError) -> HotReply<LogID> {
        try demandReconciled(run)
        guard let session = hot[deletion.session]?.session else {
            guard let tombstone = gone[deletion.session] else { return .refused(.miss) }
            guard tombstone.user == deletion.userID, deletion.unchangedSince == nil else { return .refused(.absent) }
            return .done(tombstone.logID)
        }
        guard session.userID == deletion.userID else { return .refused(.miss) }
        if case .oneOf(let versions) = deletion.condition, !versions.contains(session.version) {
            return .refused(.version(session.version))
        }
        if let limit = deletion.unchangedSince {
            guard session.status == .archived else { return .refused(.status(session.status)) }
            guard session.updatedAt < limit else { return .refused(.notDue) }
        }
        let node = nextNode
        let fields = [
            LogEntry.Field("op", "delete"), .init("sid", "\(deletion.session)"),
            .init("user_id", deletion.userID.text), .init("version", session.version + 1), .init("at", now),
        ]
        guard let id = add(fields) else { throw .unreconciled }
        gone[deletion.session] = Tombstone(logID: id, user: deletion.userID, expires: nil)
        hot[deletion.session] = nil
        alive[deletion.session] = nil
        activity[deletion.session] = nil
        abandoned[deletion.session] = nil
        touched[deletion.session] = nil
        unsettled[deletion.session] = now
        var after = session
        after.logID = id
        made = Node(node, .delete, after: session, after, messages: [], key: nil)
        return .done(id)
    }

    /// abandon.lua
    mutating func abandon(
        _ id: SessionID, of user: UserID?, run: String, policy: LifecyclePolicy
    ) throws(HotError) -> HotReply<LogID> {
        try demandReconciled(run)
        guard var one = hot[id] else {
            activity[id] = nil
            return .refused(.miss)
        }
        let before = one.session
        guard before.userID == user else { return .refused(.absent) }
        let ends = before.lastActivityAt.milliseconds + policy.abandonAfter
        guard before.status == .active, alive[id] == nil, now >= ends else { return .refused(.notDue) }
        let node = nextNode
        let fields = [
            LogEntry.Field("op", "abandon"), .init("sid", "\(id)"), .init("user_id", before.userID.text),
            .init("version", before.version + 1), .init("at", now),
            .init("last_activity_at", before.lastActivityAt.milliseconds), .init("name", Self.name(of: node)),
            .init("status", "abandoned"), .init("abandoned_at", now),
        ]
        guard let logID = add(fields) else { throw .unreconciled }
        change(&one.session, node, logID, now)
        one.session.status = .abandoned
        hot[id] = one
        abandoned[id] = now
        unsettled[id] = before.lastActivityAt.milliseconds
        activity[id] = nil
        touched[id] = nil
        made = Node(node, .move(.abandon), after: before, one.session, messages: [], key: nil)
        return .done(logID)
    }

    /// retire.lua
    mutating func retire(
        _ id: SessionID, of user: UserID, run: String, policy: LifecyclePolicy
    ) throws(HotError) -> HotReply<LogID> {
        try demandReconciled(run)
        guard var one = hot[id] else { return .refused(.miss) }
        let before = one.session
        guard before.userID == user else { return .refused(.absent) }
        guard before.status == .abandoned, let since = abandoned[id], now >= since + policy.archiveAfter else {
            return .refused(.notDue)
        }
        let node = nextNode
        let fields = [
            LogEntry.Field("op", "retire"), .init("sid", "\(id)"), .init("user_id", before.userID.text),
            .init("version", before.version + 1), .init("at", now),
            .init("last_activity_at", before.lastActivityAt.milliseconds), .init("name", Self.name(of: node)),
            .init("status", "archived"),
        ]
        guard let logID = add(fields) else { throw .unreconciled }
        change(&one.session, node, logID, now)
        one.session.status = .archived
        one.expires = nil
        hot[id] = one
        abandoned[id] = nil
        unsettled[id] = before.lastActivityAt.milliseconds
        made = Node(node, .move(.retire), after: before, one.session, messages: [], key: nil)
        return .done(logID)
    }

    private func isDue(_ session: UserSession, _ policy: LifecyclePolicy) -> Bool {
        session.status == .active && now >= session.lastActivityAt.milliseconds + policy.abandonAfter
            && alive[session.id] == nil
    }

    private func change(_ session: inout UserSession, _ node: Int, _ id: LogID, _ at: Int64) {
        session.name = Self.name(of: node)
        session.version += 1
        session.logID = id
        session.updatedAt = Timestamp(milliseconds: at)
    }

    // MARK: idempotency keys

    private mutating func keep(_ key: Idempotency, of user: UserID, _ outcome: String) {
        firstUses[Key(user: user, hash: key.keyHash)] = FirstUse(
            bodyHash: key.bodyHash, outcome: outcome, expires: now + LifecyclePolicy.idempotency)
    }

    /// `SET … NX`
    mutating func remember(_ kept: KeptOutcome, of user: UserID) {
        let key = Key(user: user, hash: kept.keyHash)
        guard firstUses[key] == nil, kept.expiresAt.milliseconds > now else { return }
        firstUses[key] = FirstUse(
            bodyHash: kept.bodyHash, outcome: kept.outcome, expires: kept.expiresAt.milliseconds)
    }

    private static func created(_ outcome: String) throws(HotError) -> CreatedSession {
        let words = outcome.split(separator: " ")
        guard words.count == 5, let id = SessionID(words[0]), let logID = LogID(words[1]), let at = Int64(words[2]),
            let ends = Int64(words[3])
        else { throw .broken(outcome) }
        return CreatedSession(
            id: id, name: String(words[4]), createdAt: Timestamp(milliseconds: at),
            abandonsAt: Timestamp(milliseconds: ends), logID: logID)
    }

    private static func appended(_ outcome: String) throws(HotError) -> AppendedMessages {
        let words = outcome.split(separator: " ")
        guard words.count >= 4, let logID = LogID(words[0]), let version = Int64(words[1]),
            let first = Int64(words[2]), let at = Int64(words[3])
        else { throw .broken(outcome) }
        return AppendedMessages(
            ids: words[4...].compactMap { MessageID($0) }, firstSequence: first,
            createdAt: Timestamp(milliseconds: at), version: version, logID: logID)
    }
}
