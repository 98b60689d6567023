import SessionModel

extension UserSession {
    /// A session of user `u` in shard 0.
    static func fake(
        _ number: UInt64, user: UserID, status: SessionStatus = .active, lastActivityAt: Int64 = 0, updatedAt: Int64 = 0
    ) -> UserSession {
        UserSession(
            id: SessionID(high: 0x0196_f3c2_aaaa_7000, low: 0x8000_0000_0000_0000 | number << 16), userID: user,
            name: "Session \(number)", status: status, version: 1, logID: .zero, messageCount: 0,
            createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: updatedAt),
            lastActivityAt: Timestamp(milliseconds: lastActivityAt),
            abandonsAt: status == .active ? Timestamp(milliseconds: .max) : nil)
    }
}
