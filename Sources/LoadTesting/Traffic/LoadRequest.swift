/// A request, from when it is due until it is answered. Times are nanoseconds of the monotonic clock.
package struct LoadRequest: Sendable {
    package var operation: Operation
    /// Places in the ``Population``; -1 for none.
    package var user: Int
    package var session: Int
    /// Its X-Request-ID.
    package var number: UInt64 = 0
    /// Which of the seed's sequences its contents are drawn from: the source's choice, and not when it is sent.
    package var draw: UInt64
    /// When it should have been sent: what its latency is counted from.
    package var intended: UInt64
    package var sent: UInt64 = 0
    /// Whether it belongs to the measured window.
    package var isMeasured = false
    /// The highest sequence number of its session's chat that was acknowledged before it was sent.
    package var floor: UInt32 = 0
    /// The same of each session that its user had then, for requests that name none.
    package var floors: [UInt32] = []
    /// How many messages it appends; the page's end for `history`; which part is made, at the start.
    package var count: UInt32 = 1

    package init(
        _ operation: Operation, user: Int, session: Int = -1, intended: UInt64, count: UInt32 = 1, draw: UInt64 = 0
    ) {
        self.operation = operation
        self.user = user
        self.session = session
        self.intended = intended
        self.count = count
        self.draw = draw
    }
}
