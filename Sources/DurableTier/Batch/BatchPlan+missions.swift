import SessionCore
import SessionModel

extension BatchPlan {
    /// As a session, a mission is absent or a draft here, and moves by the entries in their order:
    ///
    ///     absent ──creation──▶ draft without a row ──deletion──▶ absent
    ///     row in SQLite ──amendment──▶ draft of the row ──deletion──▶ absent, and the row is removed with all that is in it
    enum MissionSlot {
        case absent
        case present(MissionDraft)
    }

    mutating func take(_ change: MissionChange, _ logID: LogID, _ find: Find) throws {
        guard change.id.shard == shard else { throw Rejection("the mission belongs to another shard") }
        var draft: MissionDraft
        let slot = try missionSlots[change.id] ?? find.mission(change.id).map(MissionSlot.present) ?? .absent
        if case .present(let present) = slot, present.logID >= logID { return }
        switch (slot, change.kind) {
        case (.absent, .creation):
            draft = MissionDraft(creating: change.id, of: change.userID, at: logID)
        case (.present, .creation): throw Rejection("the mission exists already")
        case (.absent, .resealing): return
        case (.absent, .amendment): throw Rejection("there is no such mission")
        // It is deleted already.
        case (.absent, .deletion): return
        case (.present(let present), .amendment), (.present(let present), .deletion),
            (.present(let present), .resealing):
            draft = present
            guard draft.userID == change.userID else { throw Rejection("the mission is another user's") }
        }
        if change.kind == .deletion {
            if !draft.isNew { missionRemovals.append(draft.id) }
            set(.absent, change.id)
        } else {
            try draft.take(change, logID)
            set(.present(draft), change.id)
        }
    }

    private mutating func set(_ slot: MissionSlot, _ id: MissionID) {
        if missionSlots.updateValue(slot, forKey: id) == nil { changedMissions.append(id) }
    }

    /// Missions to insert or change, in the order of their first change.
    var missionDrafts: [MissionDraft] {
        changedMissions.compactMap { id in
            guard case .present(let draft) = missionSlots[id] else { return nil }
            return draft
        }
    }
}
