import CHiredis
import NIOCore

/// Bytes in, whole replies out: hiredis' RESP2 reader, with bounds that it lacks.
///
/// It keeps a copy of what it is fed until a reply is whole, so that every split of the bytes is alike. After an error it
/// is dead: there is no telling where the next reply would begin.
struct ReplyReader: ~Copyable {
    /// Bytes fed at a time. hiredis moves what is left of its buffer to the front after about every kilobyte of
    /// replies: with much in the buffer, that would cost more than the parsing.
    static let slice = 8 << 10

    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let arena: UnsafeMutablePointer<ReplyArena>
    private let limits: RedisLimits
    /// Bytes that went into the reply that is not whole yet.
    private var pending = 0
    private var failure: RedisError.Unknown?

    init(limits: RedisLimits) throws(OutOfMemory) {
        guard let reader = redisReaderCreate() else { throw OutOfMemory() }
        self.reader = reader
        self.limits = limits
        arena = .allocate(capacity: 1)
        arena.initialize(to: ReplyArena(elements: limits.replyElements))
        functions = .allocate(capacity: 1)
        functions.initialize(to: ReplyArena.functions)
        reader.pointee.fn = functions
        reader.pointee.privdata = UnsafeMutableRawPointer(arena)
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
        ReplyArena.release(arena.pointee.takeBlocks())
        arena.deallocate()
    }

    /// Takes every reply that is whole with these bytes, in order.
    mutating func read(
        _ bytes: UnsafeRawBufferPointer, each: (RedisReply) -> Void
    ) throws(RedisReaderFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.slice))
            rest = rest.dropFirst(Self.slice)
            try feed(slice)
            while let reply = try next() { each(reply) }
            if pending > limits.replyBytes { throw die(.replyTooLarge) }
        }
    }

    private mutating func feed(_ slice: UnsafeRawBufferPointer) throws(RedisReaderFailure) {
        if let failure { throw RedisReaderFailure(reason: failure) }
        guard redisReaderFeed(reader, slice.baseAddress, slice.count) == REDIS_OK else { throw die(.malformedReply) }
        pending += slice.count
    }

    private mutating func next() throws(RedisReaderFailure) -> RedisReply? {
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else {
            throw die(arena.pointee.elementsLeft < 0 ? .replyTooLarge : .malformedReply)
        }
        guard let reply else { return nil }
        // What is left in hiredis' buffer is all that the next reply has so far.
        pending = reader.pointee.len - reader.pointee.pos
        arena.pointee.elementsLeft = limits.replyElements
        return RedisReply(reply.assumingMemoryBound(to: redisReply.self), in: arena.pointee.takeBlocks())
    }

    private mutating func die(_ reason: RedisError.Unknown) -> RedisReaderFailure {
        failure = reason
        return RedisReaderFailure(reason: reason)
    }
}

/// hiredis could not allocate.
struct OutOfMemory: Error {}

struct RedisReaderFailure: Error, Equatable {
    let reason: RedisError.Unknown
}
