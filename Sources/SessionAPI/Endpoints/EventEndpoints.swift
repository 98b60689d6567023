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
    func follow(_ exchange: Exchange, until: Timestamp, spread: UInt64) async throws -> APIResponse {
        let (id, user): (SessionID, UserID) = (try exchange.id(), exchange.user)
        let first = try await sessions.position(of: id, user: user)
        guard let feed, feed.hasRoom(for: user) else { throw Problem.tooManyFollowers }
        var response = APIResponse(
            status: 200,
            body: .stream { writer in
                guard let follower = feed.join(id, user: user, until: until) else { return }
                defer { feed.leave(follower) }
                follower.isBehind = !first.isNewest
                try await writer.write(EventText.retry(spread))
                try await writer.write(EventText.event("state", first.position))
                try await tell(follower, of: feed, from: first.position, writer)
                if let end = follower.end { try await writer.write(EventText.end(end)) }
            })
        response.add("Content-Type", "text/event-stream")
        // Else nginx would gather events until a buffer is full.
        response.add("X-Accel-Buffering", "no")
        return response
    }

    private func tell(
        _ follower: LiveFollower, of feed: LiveFeed, from first: SessionPosition, _ writer: any APIBodyWriter
    ) async throws {
        var position = first
        var flushed: LogID?
        for await event in follower.events {
            switch event {
            case .beat:
                try await writer.write(EventText.beat)
            case .flushed(let logID):
                guard flushed.map({ $0 < logID }) ?? true else { continue }
                flushed = logID
                try await writer.write(EventText.event("flushed", position))
            case .change(let change):
                if change.kind == .deletion { return follower.end(.deleted) }
                guard position.take(change) else { continue }
                try await writer.write(
                    EventText.event(change.kind.rawValue, position, missionVersion: change.missionVersion))
            case .look:
                guard let now = await look(follower, from: position) else { return follower.end(.deleted) }
                if now != position { try await writer.write(EventText.event("state", now)) }
                position = now
                let write = WriteID(shard: follower.session.shard, log: position.logID)
                if (try? await durability.status(of: write).isDurable) == true {
                    guard flushed != position.logID else { continue }
                    flushed = position.logID
                    try await writer.write(EventText.event("flushed", position))
                } else {
                    feed.awaitFlush(of: follower.session, at: position.logID)
                }
            }
        }
    }

    /// Where the session is now; where it can't be known, where it was; nil where it is deleted.
    private func look(_ follower: LiveFollower, from known: SessionPosition) async -> SessionPosition? {
        do {
            let (position, isNewest) = try await sessions.position(of: follower.session, user: follower.user)
            follower.isBehind = !isNewest
            return position
        } catch {
            follower.isBehind = true
            return error == .notFound ? nil : known
        }
    }
}
