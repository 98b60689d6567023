import DurableTier
import HotTier
import SessionCore
import SessionModel
import Terminal

/// Deletes everything of one user, as the user could, one after the other, and then what is left.
///
/// Each session and mission goes through the hot tier, with a tombstone and an entry in the log: so nobody loads it again
/// while it is on its way out. It may be broken off anywhere and begun anew.
struct UserDeletion {
    let user: UserID
    /// All that a user has is in one.
    let shard: Shard
    let tools: HotTools
    let reader: ShardReader
    let progress: ProgressBar

    /// Passes over all that there is: more than one only where the user writes meanwhile.
    static let passes = 10
    private static let page = 200
    /// Of one session: each reason to ask again comes up once, and twice by bad luck.
    private static let attempts = 8

    /// - Returns: what there was, as far as SQLite came to know of it, and the newest entry in the log.
    func run(_ wait: (LogID) async throws -> Void) async throws -> UserHoldings {
        var found: UserHoldings?
        for _ in 0..<Self.passes {
            let held = try sqlite { () throws(DurableError) in try reader.holdings(of: user) }
            let most = found?.raised(to: held) ?? held
            found = most
            guard let last = try await pass() else {
                let order = try await tools.order(.forget(user), of: shard)
                _ = try await tools.store.forget(user)
                try await wait(order)
                return most
            }
            try await wait(last)
        }
        throw Failure(
            "the user goes on writing: \(Self.passes) times all was deleted, and there was more. Take away the user's tokens, and run it again"
        )
    }

    /// Nil where there was nothing.
    private func pass() async throws -> LogID? {
        var last: LogID?
        func note(_ log: LogID?) {
            guard let log else { return }
            last = max(last ?? log, log)
            progress.advance()
        }
        let unsettled = try await tools.inspector.unsettled(of: user)
        for id in unsettled.missions { note(try await delete(id)) }
        for id in unsettled.sessions { note(try await delete(id)) }
        var mission: MissionID?
        while case let ids = try sqlite({ () throws(DurableError) in
            try reader.missionIDs(of: user, after: mission, limit: Self.page)
        }), let newest = ids.last {
            for id in ids { note(try await delete(id)) }
            mission = newest
        }
        var session: SessionID?
        while case let ids = try sqlite({ () throws(DurableError) in
            try reader.sessionIDs(of: user, after: session, limit: Self.page)
        }), let newest = ids.last {
            for id in ids { note(try await delete(id)) }
            session = newest
        }
        return last
    }

    /// Nil where it was gone already.
    private func delete(_ id: SessionID) async throws -> LogID? {
        if try await tools.inspector.tombstone(of: id) != nil { return nil }
        var deletion = SessionDeletion(session: id, userID: user, condition: .any)
        for _ in 0..<Self.attempts {
            switch try await tools.store.delete(deletion) {
            case .done(let log), .replayed(let log): return log
            case .refused(.absent): return nil
            case .refused(.miss): if try await !tools.load(id, of: user, reader) { return nil }
            case .refused(.linked(let mission)): deletion.linked = KnownLink(mission: mission)
            case .refused(.missionMiss(let mission)):
                if try await !tools.load(mission, of: user, reader) { deletion.linked?.isLost = true }
            case .refused(.backlogFull): try await Task.sleep(for: .milliseconds(100))
            case .refused(let refusal): throw Failure("session \(id) can't be deleted: \(refusal)")
            }
        }
        throw Failure("session \(id) changes too fast to be deleted: run it again")
    }

    private func delete(_ id: MissionID) async throws -> LogID? {
        for _ in 0..<Self.attempts {
            let hot = try await tools.inspector.mission(id)
            if hot.tombstone != nil { return nil }
            guard hot.isThere else {
                if try await !tools.load(id, of: user, reader) { return nil }
                continue
            }
            guard let tree = hot.tree else {
                throw Failure("mission \(id) can't be understood: `sessionctl drift --heal` first")
            }
            let deletion = MissionDeletion(id: id, userID: user, condition: .any, session: tree.sessionID)
            switch try await tools.store.discard(deletion) {
            case .done(let log), .replayed(let log): return log
            case .refused(.absent): return nil
            case .refused(.miss):
                if let session = tree.sessionID { _ = try await tools.load(session, of: user, reader) }
            case .refused(.linkMoved), .refused(.missionMiss): break
            case .refused(.backlogFull): try await Task.sleep(for: .milliseconds(100))
            case .refused(let refusal): throw Failure("mission \(id) can't be deleted: \(refusal)")
            }
        }
        throw Failure("mission \(id) changes too fast to be deleted: run it again")
    }
}
