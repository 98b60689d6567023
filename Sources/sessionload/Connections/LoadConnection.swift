import LoadTesting
import NIOCore

/// Who a connection belongs to. Everything of it is called on the event loop.
protocol ConnectionOwner: AnyObject {
    func answered(_ request: LoadRequest, _ answer: LoadAnswer, on connection: LoadConnection)
    /// It will not be answered: the connection ended, or what came is no answer.
    func lost(_ request: LoadRequest, _ violation: Violation.Kind, _ reason: String)
    /// Something came that belongs to no request.
    func unasked(_ violation: Violation)
    /// Everything that had come is handled.
    func readCompleted(_ connection: LoadConnection)
    func closed(_ connection: LoadConnection)
}

/// A connection that requests are sent on. Bound to its event loop.
class LoadConnection {
    weak var owner: (any ConnectionOwner)?
    /// Requests that it can have under way at a time.
    let capacity: Int
    var underWay = 0
    /// Whether it takes no more requests: the other side has said that it will close.
    var isClosing = false
    /// Whether the pool lists it as having room.
    var isListed = false
    /// Whether what was sent is not yet given to the kernel.
    var isDirty = false
    /// Nanoseconds.
    var lastUsed: UInt64 = 0

    init(capacity: Int) { self.capacity = capacity }

    var hasRoom: Bool { underWay < capacity && !isClosing }

    /// Only with ``hasRoom``.
    func send(_ request: LoadRequest, _ draft: RequestDraft) {}
    func flush() {}
    func close() {}
    /// When the request that waits longest was sent.
    var oldest: UInt64? { nil }
}
