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
    private let budget: UnsafeMutablePointer<ElementBudget>
    private let limits: RedisLimits
    /// Bytes that went into the reply that is not whole yet.
    private var pending = 0
    private var failure: RedisError.Unknown?

    init(limits: RedisLimits) throws(OutOfMemory) {
        guard let reader = redisReaderCreate(), let defaults = reader.pointee.fn,
            let createArray = defaults.pointee.createArray
        else { throw OutOfMemory() }
        self.reader = reader
        self.limits = limits
        budget = .allocate(capacity: 1)
        budget.initialize(to: ElementBudget(left: limits.replyElements, createArray: createArray))
        functions = .allocate(capacity: 1)
        functions.initialize(to: defaults.pointee)
        functions.pointee.createArray = ElementBudget.createArray
        reader.pointee.fn = functions
        reader.pointee.privdata = UnsafeMutableRawPointer(budget)
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
        budget.deallocate()
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
            throw die(budget.pointee.left < 0 ? .replyTooLarge : .malformedReply)
        }
        guard let reply else { return nil }
        // What is left in hiredis' buffer is all that the next reply has so far.
        pending = reader.pointee.len - reader.pointee.pos
        budget.pointee.left = limits.replyElements
        return RedisReply(owning: reply.assumingMemoryBound(to: redisReply.self))
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

/// How many more elements the reply being read may have. hiredis allocates for all that an array's header announces.
private struct ElementBudget {
    var left: Int
    let createArray: @convention(c) (UnsafePointer<redisReadTask>?, Int32) -> UnsafeMutableRawPointer?

    /// In place of hiredis' own; nil makes it give up.
    static let createArray: @convention(c) (UnsafePointer<redisReadTask>?, Int32) -> UnsafeMutableRawPointer? = {
        task, elements in
        guard let budget = task?.pointee.privdata?.assumingMemoryBound(to: ElementBudget.self) else { return nil }
        budget.pointee.left -= Int(elements)
        return budget.pointee.left < 0 ? nil : budget.pointee.createArray(task, elements)
    }
}
