public import NIOCore

/// Sends commands over one pipelined connection of one event loop.
///
/// Called on that event loop nothing hops or locks; called elsewhere each call hops onto it and back.
///
/// Every function here keeps these promises:
/// 1. A reply is delivered to the command that it answers and to no other, whatever is cancelled or times out or breaks.
/// 2. Cancelling the waiting task ends the wait at once with *unknown*, or with *not written* if the command was still
///    here; a written command is not taken back, and other commands are not disturbed.
/// 3. A time-out is a cancellation by the clock.
///
/// Blocking commands (`BLPOP`, `XREAD BLOCK`), `WATCH`, `SELECT`, `SUBSCRIBE`, `MONITOR` and `CLIENT REPLY` have no place here: the
/// connection is shared, and one reply to one command is what keeps it in step.
///
/// Unchecked: `pipeline` is touched on `eventLoop` alone, which is asserted; all else is immutable.
public class RedisSender: @unchecked Sendable {
    public let eventLoop: any EventLoop

    /// Nil while there is no connection that takes commands.
    final var pipeline: PipelineHandler? {
        get {
            eventLoop.assertInEventLoop()
            return confinedPipeline
        }
        set {
            eventLoop.assertInEventLoop()
            confinedPipeline = newValue
        }
    }
    private final var confinedPipeline: PipelineHandler?

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Sends one command.
    ///
    /// A command made from a ``RedisScript`` that Redis does not have is sent once more with the script's source.
    /// - Parameter timeout: from now until the reply; ``RedisLimits/reply`` if nil.
    /// - Returns: the reply, never an error reply.
    /// - Throws: ``RedisError/refused(_:)`` for an error reply.
    public final nonisolated(nonsending) func send(
        _ command: RedisCommand, timeout: TimeAmount? = nil
    ) async throws(RedisError) -> RedisReply {
        let reply = try await exchange(command, timeout)
        guard reply.isError, let refusal = reply.refusal else { return reply }
        guard refusal.code == .noScript, let repetition = command.bySource else { throw .refused(refusal) }
        let second = try await exchange(repetition, timeout)
        if let refusal = second.refusal { throw .refused(refusal) }
        return second
    }

    /// Sends several commands back to back, with nothing of others in between.
    /// - Returns: a reply for each, in order; error replies are among them, as elements. A script that Redis did not have
    ///   is a `NOSCRIPT` there, and loaded when this returns.
    public final nonisolated(nonsending) func pipeline(
        _ commands: [RedisCommand], timeout: TimeAmount? = nil
    ) async throws(RedisError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        let replies = try await exchange(commands, timeout)
        try await load(missingOf: commands, by: replies, timeout)
        return replies
    }

    /// `EVALSHA`, and `EVAL` once where Redis does not have the script.
    public final nonisolated(nonsending) func evaluate(
        _ script: RedisScript, keys: [String] = [], arguments: [String] = [], timeout: TimeAmount? = nil
    ) async throws(RedisError) -> RedisReply {
        var command = RedisCommand(script, keyCount: keys.count)
        for key in keys { command.append(key) }
        for argument in arguments { command.append(argument) }
        return try await send(command, timeout: timeout)
    }

    /// Replies still to come on the present connection. On the event loop only.
    public final var inFlight: Int { pipeline?.inFlight ?? 0 }
}

extension RedisSender {
    /// `SCRIPT LOAD` of every script that a reply says is missing.
    nonisolated(nonsending) func load(
        missingOf commands: [RedisCommand], by replies: [RedisReply], _ timeout: TimeAmount?
    ) async throws(RedisError) {
        for (command, reply) in zip(commands, replies) where reply.isError {
            guard let script = command.script, reply.refusal?.code == .noScript else { continue }
            _ = try await send(RedisCommand("SCRIPT", "LOAD", script.source), timeout: timeout)
        }
    }

    /// One command, one reply, which may be an error reply.
    nonisolated(nonsending) func exchange(
        _ command: RedisCommand, _ timeout: TimeAmount?
    ) async throws(RedisError) -> RedisReply {
        let pending = try await wait(command, replies: 1, timeout)
        guard let reply = pending.reply else { throw .unknown(.connectionLost) }
        return reply
    }

    nonisolated(nonsending) func exchange(
        _ commands: [RedisCommand], _ timeout: TimeAmount?
    ) async throws(RedisError) -> [RedisReply] {
        let pending = try await wait(RedisCommand(concatenating: commands), replies: commands.count, timeout)
        guard let last = pending.reply else { throw .unknown(.connectionLost) }
        return pending.earlier + CollectionOfOne(last)
    }

    private nonisolated(nonsending) func wait(
        _ command: RedisCommand, replies: Int, _ timeout: TimeAmount?
    ) async throws(RedisError) -> PendingReply {
        if Task.isCancelled { throw .notWritten(.cancelled) }
        let pending = PendingReply()
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if eventLoop.inEventLoop {
                    start(command, replies, timeout, pending, continuation)
                } else {
                    eventLoop.execute { self.start(command, replies, timeout, pending, continuation) }
                }
            }
        } onCancel: {
            // Always by way of the loop, which may be in the middle of something.
            eventLoop.execute {
                pending.cancelIfNotInLine()
                self.pipeline?.cancel(pending)
            }
        }
        if let error = pending.error { throw error }
        return pending
    }

    private func start(
        _ command: RedisCommand, _ replies: Int, _ timeout: TimeAmount?, _ pending: PendingReply,
        _ continuation: UnsafeContinuation<Void, Never>
    ) {
        guard let pipeline, !pending.isCancelled else {
            let reason: RedisError.NotWritten = pending.isCancelled ? .cancelled : .notConnected
            pending.take(place: .max, continuation)
            pending.fail(.notWritten(reason))
            return
        }
        pipeline.send(command, replies: replies, timeout: timeout, for: pending, continuation)
    }
}
