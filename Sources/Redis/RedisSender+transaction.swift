public import NIOCore

extension RedisCommand {
    fileprivate static let multi = RedisCommand("MULTI")
    fileprivate static let exec = RedisCommand("EXEC")
}

extension RedisSender {
    /// `MULTI`, the commands and `EXEC`, written back to back: Redis carries them out with nothing of anybody's in between.
    ///
    /// Atomic against others, not transactional: a command that fails leaves what the others did.
    /// - Returns: what `EXEC` answers, an array of as many elements as there are commands; error replies are among them.
    /// - Throws: ``RedisError/refused(_:)`` with code `execAbort` and effect `nothing` if Redis would not queue one of them,
    ///   with that command's own message; with code `noScript` if an element is a script that Redis did not
    ///   have. The script is loaded by then, so that the whole can be repeated; the other commands have been carried out.
    public final nonisolated(nonsending) func transaction(
        _ commands: [RedisCommand], timeout: TimeAmount? = nil
    ) async throws(RedisError) -> RedisReply {
        let replies = try await exchange([.multi] + commands + [.exec], timeout)
        guard let result = replies.last, result.kind == .array, result.count == commands.count else {
            throw .refused(refusal(of: replies))
        }
        let results = result.elements
        try await load(missingOf: commands, by: results, timeout)
        let missing = zip(commands, results).compactMap { $0.script == nil ? nil : $1.refusal }
            .first { $0.code == .noScript }
        if let missing {
            throw .refused(RedisRefusal(code: .noScript, message: missing.message, effect: .maybePartly))
        }
        return result
    }

    /// Why there is no result. Where `MULTI` itself was refused, the commands were carried out one by one, or refused too.
    private func refusal(of replies: [RedisReply]) -> RedisRefusal {
        let refusals = replies.compactMap(\.refusal)
        guard let first = refusals.first, let last = refusals.last else {
            return RedisRefusal(code: .generic, message: "EXEC gave no result", effect: .maybePartly)
        }
        if last.code == .execAbort {
            return RedisRefusal(code: .execAbort, message: first.message, effect: .nothing)
        }
        let effect: RedisRefusal.Effect =
            replies.dropLast().allSatisfy { $0.refusal?.effect == .nothing } ? .nothing : .maybePartly
        return RedisRefusal(code: first.code, message: first.message, effect: effect)
    }
}
