import SessionCore
import SessionModel
import Synchronization

/// The write-behind log in memory, with the lease and what is done to the hot tier around it.
final class FakeLog: WriteBehindLog {
    struct State {
        var exists = true
        var dataset: String? = "dataset"
        var shards: Int? = 1
        var entries: [LogEntry] = []
        var bytes = 0
        var memoryLimit = 0
        var owner: String?
        var leases = 0
        /// Everybody has the lease: what goes wrong when clocks do.
        var isLeaseBroken = false
        var settled: [AppliedBatch] = []
        /// The missions that each batch was settled with.
        var settledMissions: [[MissionID: CommittedMission]] = []
        var settleFaults: [HotError] = []
        var readFaults: [HotError] = []
        var readLimits: [Int] = []
        var touched: [SessionActivity] = []
        var restored: [SessionID] = []
        var grace: Int64?
        var admitted: Admission?
        var isReconciled = true
        var lastID: LogID?
        var trimmedTo = LogID.zero
        var line: [String] = []
        var activityMark: Int64 = 0
        var hot: [SessionID: UserSession] = [:]
        var hotMissions: [MissionID: MissionHead] = [:]
        var tombstones: [SessionID: (user: UserID, logID: LogID)] = [:]
        var dropped: [Subject] = []
        var raised: [SessionHead] = []
        var granted: Int64?
        var droppedNumbers = 0
        var next: UInt64 = 1
        /// Its clock, in milliseconds; entries are made at 1.
        var time: Int64 = 1
    }

    let state = Mutex(State())

    /// Appends entries of a kind.
    func append(_ count: Int, session: SessionID? = nil, padding: Int = 0) {
        state.withLock { state in
            for _ in 0..<count {
                var fields = [LogEntry.Field(name: "op", value: Array("append".utf8))]
                if let session {
                    fields.append(LogEntry.Field(name: "sid", value: Array(session.description.utf8)))
                    fields.append(LogEntry.Field(name: "user_id", value: Array("u".utf8)))
                }
                if padding > 0 {
                    fields.append(LogEntry.Field(name: "m", value: [UInt8](repeating: 0, count: padding)))
                }
                state.entries.append(LogEntry(id: LogID(milliseconds: 1, sequence: state.next), fields: fields))
                state.next += 1
            }
        }
    }

    func lease(_ shard: Shard, owner: String, milliseconds: Int64) async throws(HotError) -> Bool {
        state.withLock { state in
            state.leases += 1
            guard !state.isLeaseBroken else { return true }
            guard state.owner == nil || state.owner == owner else { return false }
            state.owner = owner
            return true
        }
    }

    func leaseHolder(of shard: Shard) async throws(HotError) -> String? { state.withLock { $0.owner } }

    func release(_ shard: Shard, owner: String) async throws(HotError) {
        state.withLock { if $0.owner == owner { $0.owner = nil } }
    }

    func state(of shard: Shard) async throws(HotError) -> LogState {
        state.withLock {
            var state = LogState(
                exists: $0.exists, entries: $0.entries.count, bytes: $0.bytes, memoryLimit: $0.memoryLimit,
                dataset: $0.dataset, shards: $0.shards, isReconciled: $0.isReconciled,
                lastID: $0.lastID ?? $0.entries.last?.id ?? .zero, trimmedTo: $0.trimmedTo,
                activityMark: $0.activityMark)
            state.line = $0.line
            return state
        }
    }

    func entries(of shard: Shard, after cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry] {
        let result: Result<[LogEntry], HotError> = state.withLock { state in
            guard state.isReconciled, state.exists else { return .failure(.unreconciled) }
            if !state.readFaults.isEmpty { return .failure(state.readFaults.removeFirst()) }
            state.readLimits.append(limit)
            return .success(Array(state.entries.filter { $0.id > cursor }.prefix(limit)))
        }
        return try result.get()
    }

    func committedEntries(of shard: Shard, upTo cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry] {
        state.withLock { state in Array(state.entries.filter { $0.id <= cursor }.prefix(limit)) }
    }

    func settle(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError) -> Timestamp? {
        let fault = state.withLock { state -> HotError? in
            if !state.settleFaults.isEmpty { return state.settleFaults.removeFirst() }
            state.settled.append(batch)
            state.settledMissions.append(missions)
            state.lastID = max(state.lastID ?? .zero, state.entries.last?.id ?? .zero)
            state.entries.removeAll { $0.id <= batch.cursor }
            return nil
        }
        if let fault { throw fault }
        return try await time(of: shard)
    }

    func settleCopies(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError) {
        state.withLock { $0.settled.append(batch) }
    }

    func touched(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionActivity] {
        state.withLock { Array($0.touched.dropFirst(offset).prefix(limit)) }
    }

    func recorded(_ activity: [SessionActivity], mark: Int64, in shard: Shard) async throws(HotError) {
        state.withLock { state in
            state.touched.removeAll { activity.contains($0) }
            state.activityMark = mark
        }
    }

    func time(of shard: Shard) async throws(HotError) -> Timestamp {
        Timestamp(milliseconds: state.withLock { $0.time })
    }

    func admit(_ admission: Admission) async throws(HotError) {
        state.withLock { state in
            state.exists = true
            state.isReconciled = true
            for word in admission.line where !state.line.contains(word) { state.line.append(word) }
            state.dataset = admission.dataset
            state.lastID = max(admission.after, state.lastID ?? .zero)
            state.trimmedTo = admission.cursor
            state.activityMark = admission.activityMark
            state.admitted = admission
        }
    }
}
