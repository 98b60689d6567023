import NIOCore
import SessionCore
import SessionModel

/// Behind `/sessions/{id}/events`: an answer that goes on as long as somebody reads it.
struct EventEndpoints: Sendable {
    let sessions: Sessions
    let feed: LiveFeed?
    let durability: Durability

    /// - Parameters:
    ///   - until: when the token ends, and with it the answer.
    ///   - spread: a random number, for when to come again.
    ///   - isAllowed: whether the token is still good: its key may have been taken away.
    func follow(
        _ exchange: Exchange, until: Timestamp, spread: UInt64, isAllowed: @escaping @Sendable () -> Bool
    ) async throws -> APIResponse {
        let (id, user): (SessionID, UserID) = (try exchange.id(), exchange.user)
        // Whoever finds no room comes again and again: that is not to cost a look each time.
        if let feed, !feed.hasRoom(for: user) { throw Problem.tooManyFollowers }
        let first = try await sessions.position(of: id, user: user)
        guard let feed else { throw Problem.tooManyFollowers }
        var response = APIResponse(
            status: 200,
            body: .stream { writer in
                guard let follower = feed.join(id, user: user, until: until) else { return }
                defer { feed.leave(follower) }
                follower.isBehind = !first.isNewest
                try await writer.write(EventText.retry(spread))
                try await writer.write(EventText.event("state", first.position))
                try await tell(follower, of: feed, from: first.position, while: isAllowed, writer)
                if let end = follower.end { try await writer.write(EventText.end(end)) }
            })
        response.add("Content-Type", "text/event-stream")
        // Else nginx would gather events until a buffer is full.
        response.add("X-Accel-Buffering", "no")
        return response
    }

    private func tell(
        _ follower: LiveFollower, of feed: LiveFeed, from first: SessionPosition, while isAllowed: () -> Bool,
        _ writer: any APIBodyWriter
    ) async throws {
        var position = first
        var flushed: LogID?
        for await event in follower.events {
            guard isAllowed() else { return follower.end(.expired) }
            switch event {
            case .beat:
                try await writer.write(EventText.beat)
            case .flushed(let logID):
                // A look may have found more than this covers; then that is waited for.
                guard position.logID <= logID, flushed.map({ $0 < logID }) ?? true else { continue }
                flushed = logID
                try await writer.write(EventText.event("flushed", position))
            case .change(let change):
                if change.kind == .deletion { return follower.end(.deleted) }
                guard position.take(change) else { continue }
                try await writer.write(
                    EventText.event(change.kind.rawValue, position, missionVersion: change.missionVersion))
            case .look:
                guard let now = await look(follower, from: position) else { return follower.end(.deleted) }
                position = now
                // Also where it is as it was: its mission may not be, and this is a sign of life.
                try await writer.write(EventText.event("state", position))
                // Before SQLite is asked: what it commits meanwhile is told.
                feed.awaitFlush(of: follower.session, at: position.logID)
                let write = WriteID(shard: follower.session.shard, log: position.logID)
                guard let status = try? await durability.status(of: write), status.isDurable else { continue }
                feed.flushed(write.shard, upTo: status.committed)
            }
        }
    }

    /// Where the session is now; where it can't be known, where it was; nil where it is deleted.
    private func look(_ follower: LiveFollower, from known: SessionPosition) async -> SessionPosition? {
        do {
            let (position, isNewest) = try await sessions.position(of: follower.session, user: follower.user)
            follower.isBehind = !isNewest
            // SQLite alone may not have yet what was told already. What was lost is told by the hot tier.
            return isNewest || position.version >= known.version ? position : known
        } catch {
            follower.isBehind = true
            return error == .notFound ? nil : known
        }
    }
}
