import SessionModel

extension Sessions {
    /// A page of the user's sessions, most recently active first (ties: higher id first).
    ///
    /// The hot tier answers for what SQLite can't know yet, SQLite for the rest. Read in this order nothing is skipped or
    /// repeated while writes go on:
    /// 1. which sessions the hot tier answers for, and the places of those that the page may show;
    /// 2. from SQLite a page of all others, no further than those reach, and how many there are;
    /// 3. the hot ones on the page, as they are now.
    ///
    /// What leaves the hot tier between 1 and 3 keeps its hot copy for the linger; what enters it after 1 is shown as
    /// SQLite had it. A session that is used while somebody pages moves to the front, as the order has it.
    public func list(
        user: UserID, status: SessionStatus?, page: PageRequest<SessionKind>
    ) async throws(SessionError) -> SessionPage {
        try await reading { (sessions) throws(SessionError) in try await sessions.merged(user, status, page) }
    }

    private func merged(
        _ user: UserID, _ status: SessionStatus?, _ page: PageRequest<SessionKind>
    ) async throws(SessionError) -> SessionPage {
        let (after, reach) = (page.window.after, page.reach)
        let unsettled: UnsettledSessions
        do {
            // Which of them have the status is told by themselves: then all are looked at.
            unsettled = try await hot.unsettledSessions(
                of: user, after: after, limit: status == nil ? reach : .max)
        } catch { throw failure(error) }
        var (places, present) = (unsettled.places, unsettled.present.count)
        var known: [SessionID: UserSession] = [:]
        if status != nil {
            for session in try await hotSessions(Array(unsettled.present), of: user) { known[session.id] = session }
            places.removeAll { known[$0.session]?.status != status }
            present = unsettled.present.count { known[$0]?.status == status }
        }
        let cold: DurableSessionList
        do {
            cold = try await durable.sessions(
                SessionListQuery(
                    userID: user, status: status, excluding: unsettled.ids, after: after,
                    notBefore: places.count < reach ? nil : places[reach - 1].time, limit: reach))
        } catch { throw failure(error) }

        let merged = MergedPage(hot: places, cold: cold.sessions, page: page, place: \.place)
        let missing = merged.shown.filter { $0.cold == nil && known[$0.place.session] == nil }.map(\.place.session)
        for session in try await hotSessions(missing, of: user) { known[session.id] = session }
        var sessions: [OpenSession] = []
        for one in merged.shown {
            let cold = tier == .bypass ? one.cold?.asOf(.now, lifecycle) : one.cold
            guard let session = cold ?? known[one.place.session] else { continue }
            sessions.append(try opened(session))
        }
        return SessionPage(
            sessions: sessions, total: cold.total + present, next: merged.next,
            source: tier == .bypass ? tier : merged.source)
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

extension UserSession {
    var place: SessionActivity { SessionActivity(session: id, lastActivityAt: lastActivityAt) }

    /// With what only time tells of it, as SQLite has it: whoever has noticed yet, a session whose time is up is abandoned.
    func asOf(_ now: Timestamp, _ lifecycle: LifecyclePolicy) -> UserSession {
        guard status == .active else { return self }
        var session = self
        let ends = lastActivityAt.adding(milliseconds: lifecycle.abandonAfter)
        if ends <= now {
            (session.status, session.abandonedAt) = (.abandoned, ends)
        } else {
            session.abandonsAt = ends
        }
        return session
    }
}
