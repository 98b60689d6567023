public import NIOCore

/// Every bound that a connection keeps to.
public struct RedisLimits: Sendable {
    /// Commands written or about to be, per connection, those whose waiter gave up included. A loop's worth of
    /// requests is some hundreds; far more than that only queue up behind a Redis that has stopped answering.
    public var commandsInFlight = 16_384

    /// Bytes of those commands. Bounds what a Redis that reads nothing makes us hold.
    public var bytesInFlight = 64 << 20

    /// Bytes of one reply, whole. Bounds what a Redis gone wrong, or a careless query, makes us hold.
    public var replyBytes = 64 << 20

    /// Elements of one reply, those of nested arrays included. An array's header, some ten bytes long, makes the
    /// reader allocate for every element that it announces.
    public var replyElements = 1 << 20

    /// How long a command waits for its reply unless it says otherwise. Redis answers in well under a millisecond;
    /// with `appendfsync everysec` a slow disk may hold it up for two seconds.
    public var reply: TimeAmount = .milliseconds(2_500)

    /// How long the oldest written command may go unanswered before the connection is closed: nothing behind it can
    /// be answered sooner. More than ``reply``, so that one slow script does not cost the others their replies.
    public var stall: TimeAmount = .seconds(5)

    /// How long making a connection to one server may take, authentication not included: on a local network it takes less than
    /// a millisecond, and a lost SYN is sent again after one second.
    public var connect: TimeAmount = .seconds(2)

    /// The first pause between two attempts to connect lasts at most this long; each further one up to twice as long
    /// as the one before. A random part of it (from nothing to all) is waited, so that clients do not come in step.
    public var firstPause: TimeAmount = .milliseconds(20)

    /// No pause is longer: Redis is used again within so much of its return. A connection that lasted at least so
    /// long makes the next pause a first one again.
    public var longestPause: TimeAmount = .seconds(1)

    /// How long a subscription may hear nothing before it is pinged; as long again, and it is given up. A quiet
    /// channel and a dead peer look alike.
    public var silence: TimeAmount = .seconds(10)

    /// How long a sentinel may take to answer before the next one is asked: it answers from memory.
    public var sentinelReply: TimeAmount = .seconds(1)

    /// How often a server is asked whether it still is a primary: what is only read or heard from one that was demoted is
    /// out of date for so long at most. (A write finds out at once.) It also finds out whether an idle connection's peer
    /// is still there.
    public var roleCheck: TimeAmount = .seconds(10)

    public init() {}
}
