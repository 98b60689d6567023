import CHiredis
public import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A reply, or an element of one, read where hiredis put it: nothing is copied or converted until asked for.
///
/// Elements keep the whole reply alive. Nothing here traps: what is absent, or of another kind, is nil.
public struct RedisReply: Sendable {
    public enum Kind: Sendable, Equatable {
        case string, status, integer, array, null, error
    }

    /// Owns a reply and everything below it.
    ///
    /// Unchecked: nothing writes to a reply between the reader that hands it over and the release of its last user.
    private final class Tree: @unchecked Sendable {
        private let blocks: UnsafeMutableRawPointer?

        init(owning blocks: UnsafeMutableRawPointer?) { self.blocks = blocks }

        deinit { ReplyArena.release(blocks) }
    }

    private let tree: Tree
    /// Within the tree. As unchecked, and for the same reason.
    private nonisolated(unsafe) let node: UnsafeMutablePointer<redisReply>

    /// - Parameter blocks: of the arena that it lies in; freed with it.
    init(_ root: UnsafeMutablePointer<redisReply>, in blocks: UnsafeMutableRawPointer?) {
        self.tree = Tree(owning: blocks)
        self.node = root
    }

    private init(_ tree: Tree, _ node: UnsafeMutablePointer<redisReply>) {
        self.tree = tree
        self.node = node
    }

    public var kind: Kind {
        switch node.pointee.type {
        case REDIS_REPLY_STRING: .string
        case REDIS_REPLY_STATUS: .status
        case REDIS_REPLY_INTEGER: .integer
        case REDIS_REPLY_ARRAY: .array
        case REDIS_REPLY_ERROR: .error
        default: .null
        }
    }

    public var isNull: Bool { kind == .null }
    public var isError: Bool { node.pointee.type == REDIS_REPLY_ERROR }

    /// Of an array; of anything else 0.
    public var count: Int {
        node.pointee.type == REDIS_REPLY_ARRAY ? node.pointee.elements : 0
    }

    /// An element of an array; nil beyond its end.
    public subscript(index: Int) -> RedisReply? {
        guard index >= 0, index < count, let element = node.pointee.element?[index] else { return nil }
        return RedisReply(tree, element)
    }

    /// The elements of an array; of anything else none.
    public var elements: [RedisReply] {
        guard node.pointee.type == REDIS_REPLY_ARRAY, let elements = node.pointee.element else { return [] }
        return UnsafeBufferPointer(start: elements, count: node.pointee.elements).compactMap { element in
            element.map { RedisReply(tree, $0) }
        }
    }

    /// An integer, or a string that spells one in decimal.
    public var integer: Int? {
        switch kind {
        case .integer: Int(node.pointee.integer)
        case .string: withBytes { Decimal.parse($0) } ?? nil
        case .status, .array, .null, .error: nil
        }
    }

    /// A string or status that is UTF-8.
    public var string: String? {
        withBytes { bytes in
            // What is repaired is no longer the same bytes. `String(validating:)` says the same, and much slower.
            var text = String(decoding: bytes, as: UTF8.self)
            let isSame = text.withUTF8 { text in
                guard text.count == bytes.count, let left = text.baseAddress, let right = bytes.baseAddress else {
                    return text.count == bytes.count
                }
                return memcmp(left, right, bytes.count) == 0
            }
            return isSame ? text : nil
        } ?? nil
    }

    /// Of a string or status; of anything else 0.
    public var byteCount: Int { withBytes { $0.count } ?? 0 }

    /// The bytes of a string or status, for the time of the call; nil for anything else.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        switch node.pointee.type {
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS:
            try withExtendedLifetime(tree) { () throws(Failure) in
                try body(UnsafeRawBufferPointer(start: node.pointee.str, count: node.pointee.len))
            }
        default: nil
        }
    }

    /// A copy of a string's or status' bytes.
    public var bytes: [UInt8]? { withBytes { [UInt8]($0) } }

    /// The elements of an array two by two, as maps are answered (HGETALL), for the time of each call. Ends at the first that
    /// is no string.
    /// - Returns: how many pairs there were.
    public func forEachPair<Failure: Error>(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        guard node.pointee.type == REDIS_REPLY_ARRAY, let elements = node.pointee.element else { return 0 }
        let pairs = node.pointee.elements / 2
        return try withExtendedLifetime(tree) { () throws(Failure) in
            for pair in 0..<pairs {
                guard let name = elements[pair * 2], name.pointee.type == REDIS_REPLY_STRING,
                    let value = elements[pair * 2 + 1], value.pointee.type == REDIS_REPLY_STRING
                else { return pair }
                try body(
                    UnsafeRawBufferPointer(start: name.pointee.str, count: name.pointee.len),
                    UnsafeRawBufferPointer(start: value.pointee.str, count: value.pointee.len))
            }
            return pairs
        }
    }

    /// Whether it is a string or status of exactly these bytes.
    public func equals(_ text: StaticString) -> Bool {
        withBytes { bytes in
            text.withUTF8Buffer { $0.elementsEqual(bytes) }
        } ?? false
    }

    /// Appends the bytes of an array's strings, with `separator` between them.
    /// - Parameter places: of the elements that are taken; those that there aren't are left out.
    public func appendJoined(
        _ places: Range<Int>, separator: UInt8, to output: inout [UInt8]
    ) {
        let places = places.clamped(to: 0..<count)
        guard !places.isEmpty, let elements = node.pointee.element else { return }
        withExtendedLifetime(tree) {
            let size = places.reduce(0) { $0 + (elements[$1]?.pointee.len ?? 0) + 1 }
            output.reserveCapacity(output.count + size)
            for place in places {
                if place > places.lowerBound { output.append(separator) }
                guard let element = elements[place], let text = element.pointee.str else { continue }
                output.append(
                    contentsOf: UnsafeBufferPointer(
                        start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), count: element.pointee.len))
            }
        }
    }

    /// Appends the bytes of a string or status.
    /// - Returns: how many; 0 for anything else.
    @discardableResult
    public func append(to buffer: inout ByteBuffer) -> Int {
        withBytes { buffer.writeBytes($0) } ?? 0
    }

    /// What an error reply says; nil for anything else.
    public var refusal: RedisRefusal? {
        guard isError else { return nil }
        return withExtendedLifetime(tree) {
            let bytes = UnsafeRawBufferPointer(start: node.pointee.str, count: node.pointee.len)
            return RedisRefusal(message: String(decoding: bytes, as: UTF8.self))
        }
    }
}

extension RedisCommand {
    /// The bytes of a string or status; of anything else an empty argument.
    public mutating func append(_ reply: RedisReply) {
        if reply.withBytes({ append($0) }) == nil { append(UnsafeRawBufferPointer(start: nil, count: 0)) }
    }
}
