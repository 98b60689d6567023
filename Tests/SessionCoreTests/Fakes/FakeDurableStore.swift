@testable import SessionCore
import SessionModel
import Synchronization

/// SQLite in memory: the cursor's compare-and-set, a list of what was applied, and faults on order.
final class FakeDurableStore: DurableStore {
    /// What the next `apply` does instead of its work.
    enum Fault: Sendable {
        case fails(DurableError)
        /// The commit is made, and its answer lost.
        case commitsAndFails(DurableError)
    }

    struct State {
        var cursor = LogID.zero
        var dataset = "dataset"
        var applied: [LogEntry] = []
        var faults: [Fault] = []
        var commits = 0
        var sessions: [SessionID: UserSession] = [:]
        var missions: [MissionID: DurableMission] = [:]
        /// Contents that are too large for the hot tier.
        var contents: [AssetID: [UInt8]] = [:]
        var missionReads = 0
        var recorded: [SessionActivity] = []
        var unknownToRecord: Set<SessionID> = []
        var live: [DurableSession] = []
        var mark: Int64 = 0
        var newestCopy = LogID.zero
        var term: Int64 = 0
        var line: HotLine?
        var lost: [(after: LogID, until: LogID)] = []
        var quarantined: [Subject] = []
        var rewritten: [Subject: HotCopy?] = [:]
        /// Copies that are refused.
        var refused: Set<Subject> = []
        var outcomes: [String: KeptOutcome] = [:]
        var highestNumber: Int64 = 0
        /// How often the cursor was asked for.
        var cursorReads = 0
        var cursorFault: DurableError?
    }

    let state = Mutex(State())

    func cursor(of shard: Shard) async throws(DurableError) -> LogID {
        let (cursor, fault) = state.withLock { state in
            state.cursorReads += 1
            return (state.cursor, state.cursorFault)
        }
        if let fault { throw fault }
        return cursor
    }

    func takeOver(_ shard: Shard) async throws(DurableError) -> DurableState {
        state.withLock { state in
            state.term += 1
            return DurableState(
                term: Term(number: state.term), cursor: state.cursor, newestCopy: state.newestCopy,
                activityMark: state.mark, line: state.line)
        }
    }

    func apply(
        _ entries: [LogEntry], after cursor: LogID, term: Term?, in shard: Shard
    ) async throws(DurableError) -> AppliedBatch {
        // Somebody else's turn may come here.
        await Task.yield()
        let result: Result<AppliedBatch, DurableError> = state.withLock { state in
            let fault = state.faults.isEmpty ? nil : state.faults.removeFirst()
            if case .fails(let error) = fault { return .failure(error) }
            guard state.cursor == cursor, let last = entries.last, term.map({ $0.number == state.term }) ?? true else {
                return .failure(.cursorMoved)
            }
            state.applied += entries
            state.cursor = last.id
            state.commits += 1
            if case .commitsAndFails(let error) = fault { return .failure(error) }
            return .success(AppliedBatch(cursor: last.id, sessions: [], deadLetters: 0))
        }
        return try result.get()
    }

    func record(
        _ activity: [SessionActivity], term: Term?, in shard: Shard
    ) async throws(DurableError) -> RecordedActivity {
        state.withLock { state in
            let missing = activity.map(\.session).filter { state.unknownToRecord.contains($0) }
            state.recorded += activity.filter { !missing.contains($0.session) }
            state.mark += 1
            return RecordedActivity(missing: missing, mark: state.mark)
        }
    }

    func checkpoint(_ shard: Shard) async throws(DurableError) {}

    func session(_ id: SessionID, of user: UserID?, messages: Int) async throws(DurableError) -> DurableSession? {
        state.withLock { state in
            guard let session = state.sessions[id], user.map({ session.userID == $0 }) ?? true else { return nil }
            return DurableSession(session: session, messages: [])
        }
    }

    func sessions(
        _ sessions: [SessionID], in shard: Shard, messages: Int
    ) async throws(DurableError) -> [DurableSession] {
        state.withLock { state in
            sessions.compactMap { state.sessions[$0].map { DurableSession(session: $0, messages: []) } }
        }
    }

    func messages(
        _ range: MessageRange, of session: SessionID, user: UserID
    ) async throws(DurableError) -> MessagePage { MessagePage() }

    func sessions(_ query: SessionListQuery) async throws(DurableError) -> DurableSessionList {
        state.withLock { state in
            let matching = state.sessions.values.filter { session in
                session.userID == query.userID && query.status.map { session.status == $0 } ?? true
                    && !query.excluding.contains(session.id)
            }
            let page = matching.sorted { $0.place.comesBefore($1.place) }
                .filter { $0.place.isBehind(query.after) }
                .filter { session in query.notBefore.map { session.lastActivityAt >= $0 } ?? true }
            return DurableSessionList(sessions: Array(page.prefix(query.limit)), total: matching.count)
        }
    }

    func highestSessionNumber(of user: UserID) async throws(DurableError) -> Int64 {
        state.withLock { $0.highestNumber }
    }

    func mission(_ id: MissionID, of user: UserID) async throws(DurableError) -> DurableMission? {
        state.withLock { state in
            state.missionReads += 1
            return state.missions[id].flatMap { $0.tree.userID == user ? $0 : nil }
        }
    }

    func content(
        of asset: AssetID, in mission: MissionID, user: UserID
    ) async throws(DurableError) -> [UInt8]? {
        state.withLock { $0.contents[asset] }
    }

    func missions(_ query: MissionListQuery) async throws(DurableError) -> DurableMissionList {
        state.withLock { state in
            let summaries = state.missions.values.compactMap { read -> MissionSummary? in
                guard let mission = try? Mission(document: read.tree.mission) else { return nil }
                return MissionSummary(id: read.tree.id, version: read.tree.version, mission: mission)
            }
            let matching = summaries.filter { summary in
                summary.mission.userID == query.userID && query.status.map { summary.mission.status == $0 } ?? true
                    && !query.excluding.contains(summary.id)
            }
            let page = matching.sorted { $0.place.comesBefore($1.place) }
                .filter { $0.place.isBehind(query.after) }
            return DurableMissionList(missions: Array(page.prefix(query.limit)), total: matching.count)
        }
    }

    func datasetID(of shard: Shard) async throws(DurableError) -> String { state.withLock { $0.dataset } }

    func archivedSessions(
        of shard: Shard, unchangedSince time: Timestamp, limit: Int
    ) async throws(DurableError) -> [SessionID] {
        state.withLock { state in
            let old = state.sessions.values.filter { $0.status == .archived && $0.updatedAt < time }
            return Array(old.sorted { $0.updatedAt < $1.updatedAt }.map(\.id).prefix(limit))
        }
    }
}
