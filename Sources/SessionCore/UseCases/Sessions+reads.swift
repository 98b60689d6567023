import SessionModel

extension Sessions {
    /// The session with its newest messages. Reading an active one counts as activity, if `touching`.
    public func load(
        _ id: SessionID, user: UserID, messages: Int, touching: Bool
    ) async throws(SessionError) -> SessionView {
        try await reading { (sessions) throws(SessionError) in
            try await sessions.view(id, user, messages: messages, touching: touching)
        }
    }

    private func view(
        _ id: SessionID, _ user: UserID, messages: Int, touching: Bool
    ) async throws(SessionError) -> SessionView {
        var lost: MissionID?
        for _ in 0..<Self.looks {
            let stepped = try await loadAlone(
                id, user, messages: min(messages, MessageRange.piece), touching: touching)
            let newest = MessagesView(page: stepped.value.messages, source: stepped.source)
            let chat = try await extended(newest, by: messages - newest.page.count, isForward: false, of: id, user)
            var view = SessionView(
                session: try opened(stepped.value.session), messages: chat.page, source: chat.source,
                isToldByVersion: true)
            guard let mission = stepped.value.session.missionID else { return view }
            do {
                let (tree, source) =
                    if let along = stepped.value.mission { (along, tier) } else {
                        try await missions.tree(mission, user, using: false)
                    }
                view.mission = try missions.opened(tree)
                view.isToldByVersion = tree.logID <= stepped.value.session.logID
                if view.source == .hot { view.source = source }
                return view
            } catch .notFound {
                // Most likely deleted in between, and then no longer the session's; else it is lost, and the rest is not.
                guard lost != mission else { return view }
                lost = mission
            }
        }
        throw .unavailable(reason: "the session is changing too fast", retryAfter: 1)
    }

    /// Looks at a session whose mission is deleted each time.
    private static let looks = 4

    /// Without its mission.
    func loadAlone(
        _ id: SessionID, _ user: UserID, messages: Int = 0, touching: Bool = false
    ) async throws(SessionError) -> Stepped<LoadedSession> {
        try await step(on: id, user) { (_) throws(HotError) in
            try await hot.load(id, of: user, messages: messages, touching: touching)
        }
    }

    /// The active session that was seen last; nil when there is none, which only the hot tier can say: every active
    /// session is hot.
    public func active(user: UserID, messages: Int, touching: Bool) async throws(SessionError) -> SessionView? {
        try await reading { (sessions) throws(SessionError) in
            sessions.tier == .bypass
                ? try await sessions.durablyActive(user, messages)
                : try await sessions.activeView(user, messages: messages, touching: touching)
        }
    }

    /// As far as SQLite knows.
    private func durablyActive(_ user: UserID, _ messages: Int) async throws(SessionError) -> SessionView? {
        let query = SessionListQuery(userID: user, status: .active, excluding: [], after: nil, limit: 1)
        let newest: UserSession?
        do { newest = try await durable.sessions(query).sessions.first } catch { throw failure(error) }
        guard let newest else { throw .notFound }
        let view = try await view(newest.id, user, messages: messages, touching: false)
        guard view.session.session.status == .active else { throw .notFound }
        return view
    }

    private func activeView(
        _ user: UserID, messages: Int, touching: Bool
    ) async throws(SessionError) -> SessionView? {
        // The first of all is active, as a rule.
        for limit in [Self.glance, .max] {
            let newest: [SessionActivity]
            do { newest = try await hot.newestUnsettled(of: user, limit: limit) } catch { throw failure(error) }
            let view = try await firstActive(of: newest.map(\.session), user, messages, touching)
            if view != nil || newest.count < limit { return view }
        }
        return nil
    }

    private func firstActive(
        of candidates: [SessionID], _ user: UserID, _ messages: Int, _ touching: Bool
    ) async throws(SessionError) -> SessionView? {
        for start in stride(from: 0, to: candidates.count, by: Self.glance) {
            let ids = Array(candidates[start..<min(start + Self.glance, candidates.count)])
            let sessions: [UserSession?]
            do { sessions = try await hot.sessions(ids, of: user) } catch { throw failure(error) }
            for case let session? in sessions where session.status == .active {
                do {
                    let view = try await view(session.id, user, messages: messages, touching: touching)
                    if view.session.session.status == .active { return view }
                } catch .notFound {}
            }
        }
        return nil
    }

    /// Candidates looked at in one round trip.
    private static let glance = 16

    /// Messages of the range. What lies behind the hot window comes from SQLite: it was flushed, or it would still be hot.
    public func messages(
        _ range: MessageRange, of id: SessionID, user: UserID
    ) async throws(SessionError) -> MessagesView {
        try await reading { (sessions) throws(SessionError) in
            let first = try await sessions.piece(range.limited(to: MessageRange.piece), of: id, user)
            return try await sessions.extended(
                first, by: range.limit - first.page.count, isForward: range.isForward, of: id, user)
        }
    }

    /// With up to `count` messages more, in pieces, as long as the answer doesn't become too long.
    private func extended(
        _ view: MessagesView, by count: Int, isForward: Bool, of id: SessionID, _ user: UserID
    ) async throws(SessionError) -> MessagesView {
        var (view, left) = (view, count)
        while left > 0, view.page.hasMore, view.page.count > 0, view.page.json.count < MessageRange.answerBytes {
            let limit = min(left, MessageRange.piece)
            let next: MessageRange =
                isForward
                ? .after(view.page.lastSequence, limit: limit) : .before(view.page.firstSequence, limit: limit)
            var more = try await piece(next, of: id, user)
            left -= limit
            if view.source == .hot { view.source = more.source }
            if isForward {
                view.page.append(more.page)
                view.page.hasMore = more.page.hasMore
            } else {
                more.page.append(view.page)
                view.page = more.page
            }
        }
        return view
    }

    private func piece(
        _ range: MessageRange, of id: SessionID, _ user: UserID
    ) async throws(SessionError) -> MessagesView {
        let stepped = try await step(on: id, user) { (_) throws(HotError) in
            try await hot.messages(range, of: id, user: user)
        }
        let hotPart = stepped.value
        let last = hotPart.lastSequence
        let wanted = range.bounds(last: last)
        var page = MessagePage()
        var source = stepped.source
        let coldEnd = min(wanted.upperBound, hotPart.windowStart)
        if wanted.lowerBound < coldEnd {
            let cold = MessageRange.before(coldEnd, limit: Int(coldEnd - wanted.lowerBound))
            do { page = try await durable.messages(cold, of: id, user: user) } catch { throw failure(error) }
            guard page.count == Int(coldEnd - wanted.lowerBound) else {
                // Deleted in between, or not whole.
                logger.warning("SQLite lacks messages that left the hot window", metadata: ["session": "\(id)"])
                throw .unavailable(reason: "the chat can't be read", retryAfter: 1)
            }
            source = .loaded
        }
        page.append(hotPart.page)
        switch range {
        case .newest, .before: page.hasMore = wanted.lowerBound > 1
        case .after: page.hasMore = wanted.upperBound <= last
        }
        return MessagesView(page: page, source: source)
    }

    /// Every message that the hot window holds.
    public func window(of chat: ChatID, user: UserID) async throws(SessionError) -> MessagesView {
        guard let id = chat.session else { throw .notFound }
        return try await reading { (sessions) throws(SessionError) in
            let stepped = try await sessions.step(on: id, user) { (_) throws(HotError) in
                try await sessions.hot.messages(
                    .newest(limit: min(lifecycle.hotWindow, MessageRange.piece)), of: id, user: user)
            }
            var newest = MessagesView(page: stepped.value.page, source: stepped.source)
            let hot = stepped.value.lastSequence - stepped.value.windowStart + 1
            let count = sessions.tier == .bypass ? lifecycle.hotWindow : min(lifecycle.hotWindow, Int(hot))
            newest.page.hasMore = newest.page.firstSequence > 1
            return try await sessions.extended(
                newest, by: count - newest.page.count, isForward: false, of: id, user)
        }
    }
}
