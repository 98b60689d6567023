import Redis
import SessionModel
import SessionTesting

@testable import HotTier

extension HotBench {
    /// `abandon` or `retire`, for an owner that may be wrong. Answers the reply's word.
    func run(_ script: String, moving id: SessionID, of owner: String) async throws -> String {
        let isAbandon = script == "abandon"
        let all = [
            keys.session(id), isAbandon ? keys.alive(id) : keys.messages(id), keys.user(user),
            isAbandon ? keys.activity : keys.abandoned,
        ]
        let names = all + (isAbandon ? [keys.abandoned, keys.touched] : []) + [keys.log, keys.manifest]
        let move = isAbandon ? SessionMove.abandon : .retire
        let reply = try await redis.evaluate(
            isAbandon ? HotScripts.abandon : HotScripts.retire, keys: names,
            arguments: [
                id.description, owner, "1000", "1", move.from[0].rawValue, move.to.rawValue, keys.events(id),
                store.runID,
            ])
        return try ScriptReply(reply).word
    }
}
