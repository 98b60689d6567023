import SessionCore
import SessionModel

/// What a batch of log entries comes to: each session's row once in its last state, its messages in order, each
/// mission's changed parts, and the rows that go. A pure state machine: it reads what SQLite has through `find`, and writes nothing.
///
/// A session lives here in one of three ways, and moves by the entries in their order:
///
///     absent ──create──▶ draft without a row ──delete──▶ absent
///     row in SQLite ──update──▶ draft of the row ──delete──▶ absent, and the row is removed
///
/// So what was created and deleted in the same batch never reaches SQLite, and a session that was deleted and made anew
/// is one removal and one insertion; removals are written first. An entry is taken in whole or refused whole.
struct BatchPlan {
    struct Draft {
        /// Nil: to be inserted.
        var number: Int64?
        var session: UserSession
        /// As the row has it.
        var before: UserSession?
        var messages: [[UInt8]] = []
        var isChanged = false
    }

    private enum Slot {
        case absent
        case present(Draft)
    }

    /// What SQLite has.
    struct Find {
        var session: (SessionID) throws -> SessionRow?
        var mission: (MissionID) throws -> MissionDraft?
    }

    let shard: Shard
    private var slots: [SessionID: Slot] = [:]
    private var owners: [SessionID: UserID] = [:]

    /// Sessions that an entry changed, in the order of their first change.
    private(set) var changed: [SessionID] = []
    /// Numbers of rows that go before anything else is written.
    private(set) var removals: [Int64] = []
    var missionSlots: [MissionID: MissionSlot] = [:]
    /// Missions that an entry changed, in the order of their first change.
    var changedMissions: [MissionID] = []
    /// Missions whose rows go, with all that is in them, before anything else is written.
    var missionRemovals: [MissionID] = []
    /// The highest N of the names `Session N` that each user gave or got.
    private(set) var highestNumbers: [UserID: Int64] = [:]

    init(shard: Shard) { self.shard = shard }

    /// The rows to insert or update, in the order of their first change.
    var drafts: [Draft] {
        changed.compactMap { id in
            guard case .present(let draft) = slots[id], draft.isChanged else { return nil }
            return draft
        }
    }

    /// Each changed session in its last state.
    var outcome: [AppliedBatch.Session] {
        changed.compactMap { id in
            switch slots[id] {
            case .present(let draft):
                AppliedBatch.Session(
                    id: id, userID: draft.session.userID, messageCount: draft.session.messageCount,
                    status: draft.session.status, missionID: draft.session.missionID,
                    version: draft.session.version)
            case .absent, nil:
                owners[id].map { AppliedBatch.Session(id: id, userID: $0, messageCount: 0, status: nil, version: nil) }
            }
        }
    }

    /// Takes in one entry. Throws a ``Rejection`` and leaves everything as it was where it doesn't fit to what is there;
    /// rethrows what `find` throws. What is in a row already that was written out whole is passed over.
    mutating func take(_ change: Change, at logID: LogID, find: Find) throws {
        switch change {
        case .session(let change): try take(change, logID, find)
        case .deletion(let id, let user): try delete(id, of: user, logID, find)
        case .mission(let change): try take(change, logID, find)
        case .resealing(let id, let user, let metadata): try reseal(id, of: user, metadata, logID, find)
        case .order: throw Rejection("an order is no part of a plan")
        }
    }

    private mutating func reseal(
        _ id: SessionID, of user: UserID, _ metadata: [UInt8], _ logID: LogID, _ find: Find
    ) throws {
        // Of one that was deleted there is nothing to seal.
        guard case .present(var draft) = try slot(of: id, find), draft.session.logID < logID else { return }
        guard draft.session.userID == user else { throw Rejection("the session is another user's") }
        draft.session.sealedMetadata = metadata.isEmpty ? nil : metadata
        draft.session.logID = logID
        draft.isChanged = true
        set(.present(draft), id, user)
    }

    private mutating func take(_ change: SessionChange, _ logID: LogID, _ find: Find) throws {
        var draft: Draft
        let slot = try slot(of: change.id, find)
        if case .present(let present) = slot, present.session.logID >= logID {
            if let mission = change.mission { try take(mission, logID, find) }
            return set(slot, change.id, present.session.userID)
        }
        switch (slot, change.creates) {
        case (.present, true): throw Rejection("the session exists already")
        case (.absent, false): throw Rejection("there is no such session")
        case (.absent, true): draft = Draft(number: nil, session: try Self.created(by: change, logID))
        case (.present(let present), false):
            draft = present
            guard draft.session.userID == change.userID else { throw Rejection("the session is another user's") }
            guard change.version == draft.session.version &+ 1 else {
                throw Rejection("version \(change.version) doesn't follow on \(draft.session.version)")
            }
        }
        if !change.messages.isEmpty {
            guard change.firstSequence == draft.session.messageCount &+ 1 else {
                throw Rejection("message \(change.firstSequence) doesn't follow on \(draft.session.messageCount)")
            }
        }
        // The last that can be refused: from here on the entry is taken.
        if let mission = change.mission { try take(mission, logID, find) }

        change.update(&draft.session, logID)
        draft.messages += change.messages
        draft.isChanged = true
        if let name = change.name, let number = SessionName.number(in: name) {
            highestNumbers[change.userID] = max(number, highestNumbers[change.userID] ?? 0)
        }
        set(.present(draft), change.id, change.userID)
    }

    private static func created(by change: SessionChange, _ logID: LogID) throws -> UserSession {
        guard change.id.chat.session == change.id else { throw Rejection("the id is not a session's") }
        guard change.version == 1 else { throw Rejection("version \(change.version) at the creation") }
        guard let name = change.name else { throw Rejection("no name at the creation") }
        return UserSession(
            id: change.id, userID: change.userID, name: name, status: .active, version: 1, logID: logID,
            messageCount: 0, createdAt: change.at, updatedAt: change.at, lastActivityAt: change.lastActivityAt)
    }

    /// A session that isn't there is deleted already.
    private mutating func delete(_ id: SessionID, of user: UserID, _ logID: LogID, _ find: Find) throws {
        if case .present(let draft) = try slot(of: id, find) {
            guard draft.session.logID < logID else { return set(.present(draft), id, draft.session.userID) }
            guard draft.session.userID == user else { throw Rejection("the session is another user's") }
            if let number = draft.number { removals.append(number) }
        }
        set(.absent, id, user)
    }

    private mutating func slot(of id: SessionID, _ find: Find) throws -> Slot {
        guard id.shard == shard else { throw Rejection("the session belongs to another shard") }
        if let slot = slots[id] { return slot }
        let slot =
            try find.session(id).map {
                Slot.present(Draft(number: $0.number, session: $0.session, before: $0.session))
            } ?? .absent
        slots[id] = slot
        return slot
    }

    private mutating func set(_ slot: Slot, _ id: SessionID, _ user: UserID) {
        slots[id] = slot
        if owners.updateValue(user, forKey: id) == nil { changed.append(id) }
    }
}

extension SessionChange {
    /// What the change leaves of a session. Times of activity never go back.
    fileprivate func update(_ session: inout UserSession, _ logID: LogID) {
        session.version = version
        session.logID = logID
        session.updatedAt = at
        session.lastActivityAt = max(session.lastActivityAt, lastActivityAt)
        session.messageCount += Int64(messages.count)
        if let name { session.name = name }
        if let missionID { session.missionID = missionID }
        if let sealedMetadata { session.sealedMetadata = sealedMetadata.isEmpty ? nil : sealedMetadata }
        if let status {
            session.status = status
            session.abandonedAt = status == .abandoned ? abandonedAt ?? at : nil
        }
    }
}
