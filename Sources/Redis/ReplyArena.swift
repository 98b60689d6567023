import CHiredis

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where the nodes and texts of replies are put: hiredis' own functions take memory for each of them by itself, these take
/// a few blocks for a whole reply, which are freed together.
///
/// It also bounds how many elements one reply may have: hiredis allocates for all that an array's header announces.
struct ReplyArena {
    /// How many more elements the reply being read may have.
    var elementsLeft: Int
    /// The newest of the reply's blocks.
    private var newest: UnsafeMutablePointer<Block>?
    private var used = 0

    private struct Block {
        var before: UnsafeMutablePointer<Block>?
        /// Bytes, this header included.
        var size: Int
    }

    /// Bytes of a reply's first block, which most replies fit into; each further one is twice as large, up to the last.
    private static let firstBlock = 1024
    private static let largestBlock = 65_536
    private static let alignment = 16

    init(elements: Int) { elementsLeft = elements }

    /// Gives the present reply's blocks to whoever keeps it, and begins with none.
    mutating func takeBlocks() -> UnsafeMutableRawPointer? {
        defer { (newest, used) = (nil, 0) }
        return UnsafeMutableRawPointer(newest)
    }

    static func release(_ blocks: UnsafeMutableRawPointer?) {
        var next = blocks?.assumingMemoryBound(to: Block.self)
        while let block = next {
            next = block.pointee.before
            free(block)
        }
    }

    /// Nil where there is no memory.
    private mutating func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
        let needed = (bytes + Self.alignment - 1) & ~(Self.alignment - 1)
        if let newest, used + needed <= newest.pointee.size {
            defer { used += needed }
            return UnsafeMutableRawPointer(newest) + used
        }
        let header = (MemoryLayout<Block>.size + Self.alignment - 1) & ~(Self.alignment - 1)
        let usual = newest.map { min($0.pointee.size * 2, Self.largestBlock) } ?? Self.firstBlock
        let size = max(usual, header + needed)
        guard let memory = malloc(size) else { return nil }
        let block = memory.bindMemory(to: Block.self, capacity: 1)
        block.initialize(to: Block(before: newest, size: size))
        (newest, used) = (block, header + needed)
        return memory + header
    }

    // MARK: what hiredis calls

    static let functions = redisReplyObjectFunctions(
        createString: { task, text, length in
            guard let task, let node = node(for: task), let copy = arena(of: task)?.pointee.allocate(max(length, 1))
            else {
                return nil
            }
            if let text, length > 0 { copy.copyMemory(from: text, byteCount: length) }
            node.pointee.str = copy.assumingMemoryBound(to: CChar.self)
            node.pointee.len = length
            return UnsafeMutableRawPointer(node)
        },
        createArray: { task, count in
            guard let task, let arena = arena(of: task) else { return nil }
            let count = Int(count)
            arena.pointee.elementsLeft -= count
            guard arena.pointee.elementsLeft >= 0, let node = node(for: task) else { return nil }
            if count > 0 {
                let stride = MemoryLayout<UnsafeMutablePointer<redisReply>?>.stride
                guard let memory = arena.pointee.allocate(count * stride) else { return nil }
                let elements = memory.bindMemory(to: UnsafeMutablePointer<redisReply>?.self, capacity: count)
                elements.initialize(repeating: nil, count: count)
                node.pointee.element = elements
            }
            node.pointee.elements = count
            return UnsafeMutableRawPointer(node)
        },
        createInteger: { task, number in
            guard let task, let node = node(for: task) else { return nil }
            node.pointee.integer = number
            return UnsafeMutableRawPointer(node)
        },
        createNil: { task in
            // A null is read as what it is the absence of.
            guard let task, let node = node(for: task) else { return nil }
            node.pointee.type = REDIS_REPLY_NIL
            return UnsafeMutableRawPointer(node)
        },
        // With its blocks.
        freeObject: { _ in })

    private static func arena(of task: UnsafePointer<redisReadTask>) -> UnsafeMutablePointer<ReplyArena>? {
        task.pointee.privdata?.assumingMemoryBound(to: ReplyArena.self)
    }

    /// A node of the task's type in its place of the array that is being read.
    private static func node(for task: UnsafePointer<redisReadTask>) -> UnsafeMutablePointer<redisReply>? {
        guard let memory = arena(of: task)?.pointee.allocate(MemoryLayout<redisReply>.size) else { return nil }
        let node = memory.bindMemory(to: redisReply.self, capacity: 1)
        node.initialize(to: redisReply())
        node.pointee.type = task.pointee.type
        if let array = task.pointee.parent?.pointee.obj?.assumingMemoryBound(to: redisReply.self),
            task.pointee.idx >= 0, Int(task.pointee.idx) < array.pointee.elements
        {
            array.pointee.element?[Int(task.pointee.idx)] = node
        }
        return node
    }
}
