import SessionModel

extension Sessions {
    /// A page of the user's sessions, most recently active first (ties: higher id first).
    ///
    /// The hot tier answers for what SQLite can't know yet, SQLite for the rest. Read in this order nothing is skipped or
    /// repeated while writes go on:
    /// 1. which sessions the hot tier answers for, with their places in the order;
    /// 2. from SQLite a page of all others, and how many there are;
    /// 3. the hot ones on the page, as they are now.
    ///
    /// What leaves the hot tier between 1 and 3 keeps its hot copy for the linger; what enters it after 1 is shown as
    /// SQLite had it. A session that is used while somebody pages moves to the front, as the order has it.
    public func list(
        user: UserID, status: SessionStatus?, page: PageRequest
    ) async throws(SessionError) -> SessionPage {
        var hotOnes: [SessionActivity]
        do { hotOnes = try await hot.unsettledSessions(of: user) } catch { throw failure(error) }
        let excluded = hotOnes.map(\.session)
        hotOnes.sort { $0.comesBefore($1) }
        var known: [SessionID: UserSession] = [:]
        if status != nil {
            for session in try await hotSessions(excluded, of: user) { known[session.id] = session }
            hotOnes.removeAll { known[$0.session]?.status != status }
        } else {
            hotOnes = try await existing(hotOnes, of: user)
        }
        let (after, skip, limit) = page.window
        let cold: DurableSessionList
        do {
            cold = try await durable.sessions(
                SessionListQuery(
                    userID: user, status: status, excluding: excluded, after: after, limit: skip + limit + 1))
        } catch { throw failure(error) }

        let upcoming = hotOnes.filter { after.map($0.isBehind) ?? true }
        var merged: [(place: SessionActivity, cold: UserSession?)] = []
        var (hotIndex, coldIndex) = (0, 0)
        while merged.count < skip + limit + 1 {
            let nextHot = hotIndex < upcoming.count ? upcoming[hotIndex] : nil
            let nextCold = coldIndex < cold.sessions.count ? cold.sessions[coldIndex] : nil
            if let nextHot, nextCold.map({ nextHot.comesBefore($0.place) }) ?? true {
                merged.append((nextHot, nil))
                hotIndex += 1
            } else if let nextCold {
                merged.append((nextCold.place, nextCold))
                coldIndex += 1
            } else {
                break
            }
        }
        let shown = merged.dropFirst(skip).prefix(limit)
        let missing = shown.filter { $0.cold == nil && known[$0.place.session] == nil }.map(\.place.session)
        for session in try await hotSessions(missing, of: user) { known[session.id] = session }
        var sessions: [OpenSession] = []
        for one in shown {
            guard let session = one.cold ?? known[one.place.session] else { continue }
            sessions.append(try opened(session))
        }
        let hasMore = merged.count > skip + limit
        return SessionPage(
            sessions: sessions, total: cold.total + hotOnes.count, next: hasMore ? shown.last?.place : nil,
            source: shown.allSatisfy { $0.cold == nil } ? .hot : .loaded)
    }

    /// Of the sessions the hot tier answers for, those that are not deleted.
    private func existing(
        _ places: [SessionActivity], of user: UserID
    ) async throws(SessionError) -> [SessionActivity] {
        do { return try await hot.withoutDeleted(places, of: user) } catch { throw failure(error) }
    }

    private func hotSessions(_ ids: [SessionID], of user: UserID) async throws(SessionError) -> [UserSession] {
        var found: [UserSession] = []
        for start in stride(from: 0, to: ids.count, by: Self.handful) {
            let part = Array(ids[start..<min(start + Self.handful, ids.count)])
            found += try await read(part, of: user)
        }
        return found
    }

    /// As they are now; whose time is up is abandoned first.
    private func read(_ ids: [SessionID], of user: UserID) async throws(SessionError) -> [UserSession] {
        var sessions: [UserSession]
        do { sessions = try await hot.sessions(ids, of: user).compactMap { $0 } } catch { throw failure(error) }
        let lifeless = sessions.filter { $0.status == .active && $0.abandonsAt == nil }.map(\.id)
        guard !lifeless.isEmpty else { return sessions }
        for id in lifeless { try await abandon(id) }
        do { sessions = try await hot.sessions(ids, of: user).compactMap { $0 } } catch { throw failure(error) }
        // A liveness key that somebody took away means nothing: the last activity still counts.
        for index in sessions.indices where sessions[index].status == .active && sessions[index].abandonsAt == nil {
            sessions[index].abandonsAt =
                sessions[index].lastActivityAt.adding(milliseconds: lifecycle.abandonAfter)
        }
        return sessions
    }

    /// Sessions read in one round trip.
    private static let handful = 250
}

extension SessionActivity {
    /// The order of lists: most recently active first, ties by the higher id.
    public func comesBefore(_ other: SessionActivity) -> Bool {
        if lastActivityAt != other.lastActivityAt { return lastActivityAt > other.lastActivityAt }
        return (session.high, session.low) > (other.session.high, other.session.low)
    }

    func isBehind(_ other: SessionActivity) -> Bool { other.comesBefore(self) }
}

extension UserSession {
    var place: SessionActivity { SessionActivity(session: id, lastActivityAt: lastActivityAt) }
}

extension PageRequest {
    /// Behind which place, how many to skip, how many to show.
    var window: (after: SessionActivity?, skip: Int, limit: Int) {
        switch self {
        case .numbered(let page, let size): (nil, (page - 1) * size, size)
        case .following(let place, let limit): (place, 0, limit)
        }
    }
}
