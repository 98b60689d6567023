public import SessionModel

extension Sessions {
    /// Where a session is, for those who follow it. It is not its person's activity.
    ///
    /// - Returns: also whether the hot tier told it, and not SQLite alone, which may be behind.
    public func position(
        of id: SessionID, user: UserID
    ) async throws(SessionError) -> (position: SessionPosition, isNewest: Bool) {
        try await reading { (sessions) throws(SessionError) in
            let stepped = try await sessions.loadAlone(id, user)
            let session = stepped.value.session
            let position = SessionPosition(
                version: session.version, messageCount: session.messageCount, status: session.status,
                logID: session.logID)
            return (position, stepped.source != .bypass)
        }
    }
}
