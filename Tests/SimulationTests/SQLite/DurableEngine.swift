import SessionCore
import SessionModel

/// What a shard's SQLite file holds, and what it does with it: each call is one transaction. Without faults, and nobody
/// waits: ``DurablePort`` puts it into the world.
protocol DurableEngine: AnyObject {
    func takeOver() throws(DurableError) -> DurableState
    /// Throws ``DurableError/cursorMoved`` where another term began since.
    func demand(_ term: Term?) throws(DurableError)
    func cursor() throws(DurableError) -> LogID
    func line() throws(DurableError) -> HotLine?
    func admit(_ line: HotLine) throws(DurableError)
    func apply(_ entries: [LogEntry], after cursor: LogID) throws(DurableError) -> AppliedBatch
    func rewrite(_ copies: [Subject: HotCopy?], at cursor: LogID, seen: LogID) throws(DurableError) -> Rewriting
    func record(_ activity: [SessionActivity]) throws(DurableError) -> RecordedActivity
    func heads(of sessions: [SessionID]) throws(DurableError) -> [SessionID: SessionHead]
    func liveHeads(after: SessionID?, limit: Int) throws(DurableError) -> [SessionHead]
    func deadLetters() throws(DurableError) -> Int
    func quarantined(limit: Int) throws(DurableError) -> [Subject]
    func outcome(of keyHash: String, user: UserID) throws(DurableError) -> KeptOutcome?
    func session(_ id: SessionID, of user: UserID?, messages: Int) throws(DurableError) -> DurableSession?
    func archivedSessions(unchangedSince time: Timestamp, limit: Int) throws(DurableError) -> [SessionID]

    /// Every session with all its messages, in the order of their ids.
    func everything() throws(DurableError) -> [DurableSession]
    /// A backup.
    func snapshot() throws(DurableError) -> any DurableSnapshot
    func restore(_ snapshot: any DurableSnapshot) throws(DurableError)
}

protocol DurableSnapshot {}
