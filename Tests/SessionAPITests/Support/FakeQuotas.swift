import SessionCore
import SessionModel
import Synchronization

/// Grants everything until it is told otherwise, and remembers what was spent.
final class FakeQuotas: HotQuotas, DurableUsage {
    struct Spent: Equatable {
        var cost: QuotaCost
        var keyHash: String?
        var measured: QuotaCost?
    }

    private let state = Mutex((reply: QuotaReply.granted, spent: [Spent]()))

    var spent: [Spent] { state.withLock { $0.spent } }
    func answer(_ reply: QuotaReply) { state.withLock { $0.reply = reply } }

    func spend(
        _ cost: QuotaCost, of user: UserID, keyHash: String?, measured: QuotaCost?
    ) async throws(HotError) -> QuotaReply {
        let reply = state.withLock { state in
            state.spent.append(Spent(cost: cost, keyHash: keyHash, measured: measured))
            return state.reply
        }
        return reply == .unmeasured && measured != nil ? .granted : reply
    }

    func storedBytes(of user: UserID) async throws(DurableError) -> Int { 7 }
}
