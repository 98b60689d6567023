/// What a `FaultProxy` does to the bytes that pass through it.
public enum Fault: Sendable, Equatable {
    public enum Direction: Sendable {
        /// From the client to the server.
        case requests
        /// From the server to the client.
        case replies
    }

    case none
    /// Everything arrives this much later, in order.
    case delay(Direction, Duration)
    /// Everything arrives one byte at a time, with this pause between two.
    case trickle(Direction, every: Duration)
    /// The first connection on which more than so many bytes pass from now on loses all after them and is closed, in mid
    /// reply if the bytes say so. Happens once; then the fault is `none`.
    case cut(Direction, afterBytes: Int)
    /// Nothing arrives, and nobody is told. A connection that lost bytes is closed when the fault changes.
    case swallow(Direction)
    /// Every connection is closed, and new ones are refused (ECONNREFUSED).
    case refuse
}
