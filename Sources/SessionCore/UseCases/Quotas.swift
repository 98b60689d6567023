import Logging
import SessionModel

/// Asks whether a user may write. Nothing is asked where no quota is set.
///
/// Writes are counted by the hot tier, in windows of a minute that begin with a write. Sessions and bytes are measured and
/// from then on counted for a minute, then measured anew: so what is deleted is free again within a minute, and an
/// estimate that was off is put right. Of two writers at a time the last place is one's alone.
public struct Quotas: Sendable {
    let policy: QuotaPolicy
    let hot: any HotQuotas
    let usage: any DurableUsage
    let sessions: Sessions

    public init(policy: QuotaPolicy, hot: any HotQuotas, usage: any DurableUsage, sessions: Sessions) {
        self.policy = policy
        self.hot = hot
        self.usage = usage
        self.sessions = sessions
    }

    /// - Returns: whether something was spent that a write which isn't made must give back.
    public func spend(
        _ cost: QuotaCost, of user: UserID, keyHash: @autoclosure () -> String?
    ) async throws(SessionError) -> Bool {
        guard policy.asksFirst else { return false }
        let keyHash = keyHash()
        var measured: QuotaCost?
        for _ in 0..<2 {
            let reply: QuotaReply
            do { reply = try await hot.spend(cost, of: user, keyHash: keyHash, measured: measured) } catch {
                throw sessions.failure(error)
            }
            switch reply {
            case .granted: return policy.measures && (cost.sessions > 0 || cost.bytes > 0)
            case .unmeasured: measured = try await measure(user)
            case .refused(let quota, let milliseconds):
                SessionMetrics.overQuota(quota).increment()
                throw .overQuota(quota, retryAfter: Int((max(1, milliseconds) + 999) / 1000))
            }
        }
        throw .failed
    }

    /// Where it can't be, the next measurement puts it right.
    public func giveBack(_ cost: QuotaCost, of user: UserID) async {
        _ = try? await hot.spend(cost.negated, of: user, keyHash: nil, measured: nil)
    }

    private func measure(_ user: UserID) async throws(SessionError) -> QuotaCost {
        var measured = QuotaCost(sessions: 0, bytes: 0)
        if policy.sessions != nil {
            measured.sessions = try await sessions.list(
                user: user, status: nil, page: .numbered(page: 1, size: 1)
            ).total
        }
        if policy.bytes != nil {
            do { measured.bytes = try await usage.storedBytes(of: user) } catch { throw sessions.failure(error) }
        }
        return measured
    }
}
