import SessionCore
import SessionModel

/// What the flusher and the reconciler run.
extension SimRedis {
    /// hydrate.lua
    mutating func hydrate(
        _ durable: DurableSession, readAt: Int64, oldest: Int64, abandonsAt: Int64?, fence: SimFence,
        policy: LifecyclePolicy
    ) throws(HotError) -> Hydration {
        let session = durable.session
        guard passes(fence) else { throw .unreconciled }
        guard hot[session.id] == nil else { return .present }
        guard gone[session.id] == nil else { return .deleted }
        guard now - readAt <= oldest else { return .stale }
        var one = Hot(session: session, messages: durable.messages, expires: nil)
        one.session.abandonedAt = nil
        if let abandonsAt {
            if abandonsAt > now { alive[session.id] = abandonsAt }
            unsettled[session.id] = session.lastActivityAt.milliseconds
            activity[session.id] = session.lastActivityAt.milliseconds
        } else {
            one.expires = now + policy.hotLinger
        }
        abandoned[session.id] = session.abandonedAt?.milliseconds
        hot[session.id] = one
        return .created
    }

    /// settle.lua
    mutating func settle(_ settled: AppliedBatch.Session, upTo cursor: LogID, policy: LifecyclePolicy) {
        let id = settled.id
        guard var one = hot[id] else {
            if let tombstone = gone[id], tombstone.logID <= cursor, settled.version == nil {
                gone[id]?.expires = now + LifecyclePolicy.flushedTombstone
                unsettled[id] = nil
            }
            return
        }
        guard let version = settled.version, !(one.session.version > version && one.session.logID <= cursor) else {
            return
        }
        let keep = max(policy.hotWindow, Int(one.session.messageCount - settled.messageCount))
        one.messages = Array(one.messages.suffix(max(keep, 0)))
        if one.session.status != .active, one.session.logID <= cursor {
            one.expires = now + policy.hotLinger
            unsettled[id] = nil
        }
        hot[id] = one
    }

    /// committed.lua
    mutating func committed(_ cursor: LogID, after: LogID?) throws(HotError) {
        if let before = self.cursor, before > cursor { return }
        if let after, self.cursor ?? .zero != after { throw .unreconciled }
        let count = trim(upTo: cursor)
        if let removed { self.removed = removed + count }
        self.cursor = cursor
    }

    /// recorded.lua
    mutating func recorded(_ activity: [SessionActivity], mark: Int64, run: String) throws(HotError) {
        try demandReconciled(run)
        for one in activity {
            guard let seen = touched[one.session], seen <= one.lastActivityAt.milliseconds else { continue }
            touched[one.session] = nil
        }
        activityMark = mark
    }

    /// lease.lua
    mutating func lease(owner: String, milliseconds: Int64) -> Bool {
        if let lease, lease.owner != owner, lease.until > now { return false }
        if milliseconds == 0 {
            if lease?.owner == owner { lease = nil }
        } else {
            lease = Lease(owner: owner, until: now + milliseconds)
        }
        return true
    }

    /// close.lua
    mutating func close(owner: String, mark: String) throws(HotError) {
        guard lease?.owner == owner else { throw .unavailable("another flusher has the lease") }
        run = nil
        reconciling = mark
    }

    /// admit.lua
    mutating func admit(_ admission: Admission, run: String, shards: Int) throws(HotError) {
        guard lease?.owner == admission.owner, reconciling == admission.mark, admission.mark.hasPrefix(run) else {
            throw .unavailable("the hot tier, or its lease, is another by now")
        }
        reconciling = nil
        var log = log ?? Log(entries: [], lastID: admission.after.next, added: 1)
        if log.lastID < admission.after { log.lastID = admission.after }
        self.log = log
        cursor = admission.cursor
        removed = log.added - log.entries.count
        activityMark = admission.activityMark
        dataset = admission.dataset
        self.shards = shards
        self.run = run
        for word in admission.line where !line.contains(word) { line.append(word) }
        if admission.hasLostKeys { keysLostUntil = now + LifecyclePolicy.idempotency }
    }

    /// drop.lua. False where another reconciles the tiers, or did.
    mutating func drop(_ head: SessionHead, mark: String) -> Bool {
        guard reconciling == mark else { return false }
        guard let session = hot[head.id]?.session, session.version == head.version, session.logID == head.logID else {
            return true
        }
        hot[head.id] = nil
        alive[head.id] = nil
        unsettled[head.id] = nil
        activity[head.id] = nil
        abandoned[head.id] = nil
        touched[head.id] = nil
        return true
    }

    /// grant.lua
    mutating func grant(_ milliseconds: Int64, to due: [SessionID], mark: String) -> Bool {
        guard reconciling == mark else { return false }
        for id in due { alive[id] = now + milliseconds }
        return true
    }

    /// raise.lua
    mutating func raise(_ head: SessionHead, mark: String, policy: LifecyclePolicy) -> Bool {
        guard reconciling == mark else { return false }
        let at = head.lastActivityAt
        guard let session = hot[head.id]?.session, session.lastActivityAt < at else { return true }
        hot[head.id]?.session.lastActivityAt = at
        guard session.status == .active else { return true }
        let ends = at.milliseconds + policy.abandonAfter
        alive[head.id] = ends > now ? ends : nil
        unsettled[head.id] = at.milliseconds
        activity[head.id] = at.milliseconds
        return true
    }

    private func passes(_ fence: SimFence) -> Bool {
        switch fence {
        case .admitted(let run): self.run == run
        case .reconciling(let mark): reconciling == mark
        }
    }
}

/// What the manifest must say.
enum SimFence {
    case admitted(String)
    case reconciling(String)
}

extension LogID {
    var next: LogID { LogID(milliseconds: milliseconds, sequence: sequence + 1) }
}
