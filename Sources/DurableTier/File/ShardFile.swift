import Dispatch
import GRDB
import Logging
import SessionCore
import SessionModel

/// A shard's file while the service runs: one connection that writes, a few that read, each on a thread of GRDB's.
///
///     open(allowed) ──I/O error──▶ distrusted ──next access──▶ opening ──▶ open(afterEmptying) ──next write──▶ open(allowed)
///         │ damage                     ▲                          │
///         ▼                            └─────────fails────────────┘
///     open(refused): reads go on, writes wait for an operator
///
/// After an I/O error (a failed fsync above all) the system may have thrown away what it couldn't write and call the
/// pages clean, so neither the old handles are trusted nor what lies in the write-ahead log: before the next write the
/// log is copied into the file, synced and emptied. A frame in it that reached only the system's memory would otherwise
/// cut off everything written behind it at the next power cut.
actor ShardFile {
    private enum State {
        case open(DatabasePool, Writing)
        case distrusted(DatabasePool?, DurableError)
        case opening(Task<Void, Never>)
        case closed
    }

    private enum Writing {
        case allowed
        case afterEmptying
        case refused(DurableError)
    }

    nonisolated let datasetID: String
    nonisolated let opening: ShardOpening
    private let logger: Logger
    private var state: State

    /// - Parameter isFirst: whether no other process has the file: then one that was not left in order is checked.
    init(_ opening: ShardOpening, isFirst: Bool, logger: Logger) async throws(DurableError) {
        self.opening = opening
        self.logger = logger
        let opened = try await Self.onThread { try opening.first(isFirst: isFirst, logger) }
        datasetID = opened.datasetID
        state = .open(opened.pool, .allowed)
    }

    /// Runs `body` on a snapshot of the file. It is stopped after ``DurableLimits/readMilliseconds``, with a transient
    /// error.
    func read<Value: Sendable>(
        _ body: @Sendable (Database, ReadDeadline) throws -> Value
    ) async throws(DurableError) -> Value {
        let (pool, _) = try await usable()
        let limit = opening.configuration.limits.readMilliseconds
        do {
            return try await pool.read { db in try ReadDeadline.run(db, milliseconds: limit, body) }
        } catch {
            throw learn(from: error, of: pool)
        }
    }

    /// Runs `body` in one `BEGIN IMMEDIATE` transaction. On an error nothing is changed, as far as the error doesn't
    /// come from the commit itself: then it is changed whole or not at all.
    func write<Value: Sendable>(
        _ body: @Sendable (Database) throws -> Value
    ) async throws(DurableError) -> Value {
        try await withWriter { db in
            var value: Value?
            try db.inTransaction(.immediate) {
                value = try body(db)
                return .commit
            }
            guard let value else { throw DurableError.failed("a transaction without an outcome") }
            return value
        }
    }

    /// Runs `body` on the writer, outside of a transaction.
    func withWriter<Value: Sendable>(
        _ body: @Sendable (Database) throws -> Value
    ) async throws(DurableError) -> Value {
        let (pool, writing) = try await usable()
        let emptiesFirst: Bool
        switch writing {
        case .allowed: emptiesFirst = false
        case .afterEmptying: emptiesFirst = true
        case .refused(let reason): throw reason
        }
        do {
            let value = try await pool.writeWithoutTransaction { db in
                if db.isInsideTransaction {
                    throw DatabaseError(resultCode: .SQLITE_IOERR, message: "left in mid-transaction")
                }
                if emptiesFirst { try Checkpoint.empty(db) }
                return try body(db)
            }
            if emptiesFirst { trust(pool) }
            return value
        } catch {
            throw learn(from: error, of: pool)
        }
    }

    /// Waits for what is under way, then closes. Nothing is copied out of the write-ahead log: the next start finds it.
    func close() async {
        let before = state
        state = .closed
        switch before {
        case .open(let pool, _), .distrusted(let pool?, _): try? await Self.onThread { try pool.close() }
        case .opening(let task): await task.value
        case .distrusted(nil, _), .closed: break
        }
    }

    // MARK: the state

    private func usable() async throws(DurableError) -> (DatabasePool, Writing) {
        if case .distrusted(let pool, _) = state {
            // The only task of its kind: it ends by itself and everybody who comes meanwhile waits for it.
            state = .opening(Task { await reopen(instead: pool) })
        }
        if case .opening(let task) = state { await task.value }
        switch state {
        case .open(let pool, let writing): return (pool, writing)
        case .distrusted(_, let error): throw error
        case .opening: throw .transient("the file is being opened again")
        case .closed: throw .failed("the store is closed")
        }
    }

    private func reopen(instead old: DatabasePool?) async {
        var remaining = old
        let next: State
        do throws(DurableError) {
            if let old { try await Self.onThread { try old.close() } }
            remaining = nil
            let pool = try await Self.onThread { [opening, datasetID] in try opening.again(expecting: datasetID).pool }
            logger.notice("SQLite file opened again", metadata: ["shard": "\(opening.shard.number)"])
            next = .open(pool, .afterEmptying)
        } catch {
            next = .distrusted(remaining, error)
        }
        switch (state, next) {
        case (.closed, .open(let pool, _)): try? await Self.onThread { try pool.close() }
        case (.closed, _): break
        case (.open, _), (.distrusted, _), (.opening, _): state = next
        }
    }

    private func trust(_ pool: DatabasePool) {
        if case .open(pool, .afterEmptying) = state { state = .open(pool, .allowed) }
    }

    /// What `error` says about the connections, and what the caller is told.
    private func learn(from error: any Error, of pool: DatabasePool) -> DurableError {
        let told = DurableError(error)
        guard case .open(let current, _) = state, current === pool else {
            if case .closed = state { return .failed("the store is closed") }
            // The connection was closed under the caller's hands.
            return .transient("the file is being opened again")
        }
        guard let fault = (error as? DatabaseError)?.fault else { return told }
        switch fault {
        case .reopen:
            logger.error("SQLite file distrusted", metadata: ["shard": "\(opening.shard.number)", "error": "\(told)"])
            state = .distrusted(pool, told)
        case .damage:
            logger.critical("SQLite file damaged", metadata: ["shard": "\(opening.shard.number)", "error": "\(told)"])
            state = .open(pool, .refused(told))
        case .wait, .value, .program: break
        }
        return told
    }

    /// Opening and closing block: they run on a thread of their own.
    private static func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws(DurableError) -> Value {
        let result = await withCheckedContinuation { (done: CheckedContinuation<Result<Value, DurableError>, Never>) in
            DispatchQueue(label: "shard-opening").async {
                done.resume(returning: Result { try body() }.mapError { DurableError($0) })
            }
        }
        return try result.get()
    }
}

/// Lets `case .open(pool, …)` compare pools by identity.
private func ~= (pattern: DatabasePool, value: DatabasePool) -> Bool { pattern === value }
