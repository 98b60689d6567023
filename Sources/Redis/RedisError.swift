/// What became of a command that has no usable reply. The three cases differ in the one thing a writer must know:
/// whether Redis may have carried the command out.
public enum RedisError: Error, Sendable, Equatable {
    /// It never left this process: Redis cannot have seen it, and sending it again is safe.
    case notWritten(NotWritten)

    /// It was handed to the socket, and no reply to it will be seen: Redis may have carried it out, or may yet.
    case unknown(Unknown)

    /// Redis answered with an error; ``RedisRefusal/effect`` tells whether anything was changed.
    case refused(RedisRefusal)

    public enum NotWritten: Sendable, Equatable {
        /// There is no connection, or it is not yet admitted. Commands do not wait for one.
        case notConnected
        /// ``RedisLimits/commandsInFlight`` or ``RedisLimits/bytesInFlight`` is reached.
        case queueFull
        /// The deadline passed while the socket took no more bytes.
        case deadline
        /// The waiting task was cancelled before the bytes were handed over.
        case cancelled
        /// The connection takes no new commands because it is about to be closed.
        case draining
    }

    public enum Unknown: Sendable, Equatable {
        /// The connection ended before the reply came.
        case connectionLost
        /// The reply did not come in time. It will be read and thrown away.
        case deadline
        /// The waiting task was cancelled. The reply will be read and thrown away.
        case cancelled
        /// The oldest command in flight went unanswered for ``RedisLimits/stall``, so the connection was closed.
        case stalled
        /// The bytes were not RESP2, or arrays in an array went deeper than 7; the connection was closed.
        case malformedReply
        /// A reply went over ``RedisLimits/replyBytes`` or ``RedisLimits/replyElements``; the connection was closed.
        case replyTooLarge
        /// A reply came that nothing had asked for; the connection was closed.
        case unexpectedReply
    }
}
