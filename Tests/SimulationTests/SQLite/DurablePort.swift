import SessionModel

@testable import SessionCore

/// A process' way to the simulated SQLite: each call is a point where others may come first, and may fail before or
/// after its commit.
struct DurablePort: DurableStore {
    let world: World
    let strand: Strand

    private func call<Value>(
        _ name: String, _ body: (any DurableEngine) throws(DurableError) -> Value
    ) async throws(DurableError) -> Value {
        await strand.point(name)
        guard !strand.isDead, world.now >= world.sqliteIsBackAt else { throw .transient("SQLITE_BUSY") }
        let fails = !world.isCalm && world.chance(world.temper.sqliteFaults)
        if fails, world.chance(0.5) {
            world.note("\(strand.name) \(name): failed")
            throw .transient("SQLITE_BUSY")
        }
        world.note("\(strand.name) \(name)\(fails ? ": done, answer lost" : "")")
        let value = try body(world.sqlite)
        if fails { throw .transient("SQLITE_IOERR") }
        return value
    }

    func takeOver(_ shard: Shard) async throws(DurableError) -> DurableState {
        try await call("take over") { (sqlite) throws(DurableError) in try sqlite.takeOver() }
    }

    func cursor(of shard: Shard) async throws(DurableError) -> LogID {
        try await call("cursor") { (sqlite) throws(DurableError) in try sqlite.cursor() }
    }

    // Nobody here waits for durability.
    func lose(after: LogID, until: LogID, term: Term?, in shard: Shard) async throws(DurableError) {
        try await call("lose") { (sqlite) throws(DurableError) in try sqlite.demand(term) }
    }
    func isLost(_ id: LogID, in shard: Shard) async throws(DurableError) -> Bool { false }

    func line(of shard: Shard) async throws(DurableError) -> HotLine? {
        try await call("line") { (sqlite) throws(DurableError) in try sqlite.line() }
    }

    func admit(_ line: HotLine, term: Term?, in shard: Shard) async throws(DurableError) {
        try await call("admit") { (sqlite) throws(DurableError) in
            try sqlite.demand(term)
            try sqlite.admit(line)
        }
    }

    func apply(
        _ entries: [LogEntry], after cursor: LogID, term: Term?, in shard: Shard
    ) async throws(DurableError) -> AppliedBatch {
        try await call("apply") { (sqlite) throws(DurableError) in
            try sqlite.demand(term)
            let batch: AppliedBatch
            do throws(DurableError) { batch = try sqlite.apply(entries, after: cursor) } catch {
                if error == .cursorMoved { world.count("cursor moved") }
                throw error
            }
            world.note("    \(cursor) … \(batch.cursor), \(batch.deadLetters) dead")
            if batch.deadLetters > 0 { world.count("dead letters") }
            world.checkApplied(entries, after: cursor)
            return batch
        }
    }

    func record(
        _ activity: [SessionActivity], term: Term?, in shard: Shard
    ) async throws(DurableError) -> RecordedActivity {
        try await call("record") { (sqlite) throws(DurableError) in
            try sqlite.demand(term)
            return try sqlite.record(activity)
        }
    }

    func heads(of missions: [MissionID], in shard: Shard) async throws(DurableError) -> [MissionID: MissionHead] { [:] }

    func heads(of sessions: [SessionID], in shard: Shard) async throws(DurableError) -> [SessionID: SessionHead] {
        try await call("heads") { (sqlite) throws(DurableError) in try sqlite.heads(of: sessions) }
    }

    func liveHeads(of shard: Shard, after: SessionID?, limit: Int) async throws(DurableError) -> [SessionHead] {
        try await call("live heads") { (sqlite) throws(DurableError) in
            try sqlite.liveHeads(after: after, limit: min(limit, 2))
        }
    }

    func deadLetters(of shard: Shard) async throws(DurableError) -> Int {
        try await call("dead letters") { (sqlite) throws(DurableError) in try sqlite.deadLetters() }
    }

    func quarantined(of shard: Shard, limit: Int) async throws(DurableError) -> [Subject] {
        try await call("quarantined") { (sqlite) throws(DurableError) in try sqlite.quarantined(limit: limit) }
    }

    func rewrite(
        _ copies: [Subject: HotCopy?], of shard: Shard, at cursor: LogID, seen: LogID, term: Term?
    ) async throws(DurableError) -> Rewriting {
        try await call("rewrite") { (sqlite) throws(DurableError) in
            try sqlite.demand(term)
            let outcome = try sqlite.rewrite(copies, at: cursor, seen: seen)
            world.count("rewritten")
            for case .some(.deletedSession(let id, _, let logID)) in copies.values where logID <= seen {
                world.deleted(id, logID)
            }
            if outcome.lostMessages > 0 { world.count("messages lost") }
            return outcome
        }
    }

    func outcome(of keyHash: String, user: UserID) async throws(DurableError) -> KeptOutcome? {
        try await call("outcome") { (sqlite) throws(DurableError) in
            world.count("keys asked for")
            return try sqlite.outcome(of: keyHash, user: user)
        }
    }

    func forgetKeys(of shard: Shard, expiredBefore time: Timestamp, limit: Int) async throws(DurableError) -> Int { 0 }

    func checkpoint(_ shard: Shard) async throws(DurableError) { try await call("checkpoint") { (_) in } }

    func session(_ id: SessionID, of user: UserID?, messages: Int) async throws(DurableError) -> DurableSession? {
        try await call("session") { (sqlite) throws(DurableError) in
            try sqlite.session(id, of: user, messages: messages)
        }
    }

    func sessions(
        _ sessions: [SessionID], in shard: Shard, messages: Int
    ) async throws(DurableError) -> [DurableSession] {
        try await call("sessions") { (sqlite) throws(DurableError) in
            var found: [DurableSession] = []
            for id in sessions {
                if let session = try sqlite.session(id, of: nil, messages: messages) { found.append(session) }
            }
            return found
        }
    }

    func datasetID(of shard: Shard) async throws(DurableError) -> String {
        try await call("dataset") { (_) in "dataset" }
    }

    func archivedSessions(
        of shard: Shard, unchangedSince time: Timestamp, limit: Int
    ) async throws(DurableError) -> [SessionID] {
        try await call("archived") { (sqlite) throws(DurableError) in
            try sqlite.archivedSessions(unchangedSince: time, limit: limit)
        }
    }

    // Nobody here asks for these.

    func messages(_ range: MessageRange, of session: SessionID, user: UserID) async throws(DurableError) -> MessagePage
    {
        throw .failed("not simulated")
    }
    func sessions(_ query: SessionListQuery) async throws(DurableError) -> DurableSessionList {
        throw .failed("not simulated")
    }
    func highestSessionNumber(of user: UserID) async throws(DurableError) -> Int64 { 0 }
    func mission(_ id: MissionID, of user: UserID) async throws(DurableError) -> DurableMission? { nil }
    func content(of asset: AssetID, in mission: MissionID, user: UserID) async throws(DurableError) -> [UInt8]? { nil }
    func missions(_ query: MissionListQuery) async throws(DurableError) -> DurableMissionList {
        throw .failed("not simulated")
    }
}
