/// What is known of one chat's numbering: messages are numbered 1, 2, 3 … without gaps, by one order that everybody sees.
///
///     1 2 3 4 5 6 7 8
///     ▲       ▲   ▲ ▲
///     │       │   │ issued: so many were sent
///     │       │   highest: the highest number that was acknowledged
///     └───────┘ contiguous: all of them acknowledged, or holes
///
/// A message can be acknowledged before one with a lower number, when both are under way. When nothing is, there is no gap.
package struct ChatLedger: Equatable, Sendable {
    package private(set) var issued: UInt32 = 0
    package private(set) var highest: UInt32 = 0
    package private(set) var contiguous: UInt32 = 0
    /// Acknowledged, above `contiguous`: no more than are under way beside them.
    package private(set) var ahead: [UInt32] = []
    /// Not acknowledged, below `contiguous`: those that became of what is unknown, or are under way. At most ``unknown``.
    private var holes: [UInt32] = []
    private var underWay: UInt32 = 0
    /// Sent, and nobody knows what became of them.
    package private(set) var unknown: UInt32 = 0
    /// Whether each message was sent after the one before it was acknowledged: they are then in the order of sending.
    package private(set) var isOrdered = true

    package enum Fault: Equatable, Sendable {
        /// A number that is not above what was acknowledged before the request was sent.
        case notAbove(UInt32, floor: UInt32)
        /// More messages than were ever sent.
        case beyond(UInt32, issued: UInt32)
        case twice(UInt32)
        /// Nothing is under way, and this number is missing, beyond as many as are unknown.
        case gap(UInt32)
    }

    package init() {}

    /// So many messages are sent. The number of the first of them, in order of sending.
    package mutating func issue(_ count: UInt32) -> UInt32 {
        let first = issued &+ 1
        if underWay > 0 { isOrdered = false }
        issued &+= count
        underWay &+= count
        return first
    }

    /// They got the numbers from `first` on. `floor`: ``highest`` when they were sent.
    package mutating func acknowledge(_ first: UInt32, count: UInt32, floor: UInt32) -> Fault? {
        underWay = underWay >= count ? underWay - count : 0
        if first <= floor { return .notAbove(first, floor: floor) }
        let last = UInt32(clamping: UInt64(first) + UInt64(max(count, 1)) - 1)
        if last > issued { return .beyond(last, issued: issued) }
        for number in first...last {
            if number > contiguous {
                if ahead.contains(number) { return .twice(number) }
                if number == contiguous + 1 { contiguous = number } else { ahead.append(number) }
            } else if let hole = holes.firstIndex(of: number) {
                holes.remove(at: hole)
            } else {
                return .twice(number)
            }
        }
        highest = max(highest, last)
        advance()
        if underWay == 0, !ahead.isEmpty { return .gap(contiguous + 1) }
        return nil
    }

    /// Moves `contiguous` up, over what is ahead and over as many holes as may be there.
    private mutating func advance() {
        while let next = ahead.min() {
            let missing = next - contiguous - 1
            guard UInt64(holes.count) + UInt64(missing) <= UInt64(unknown) else { return }
            holes += (contiguous + 1)..<next
            contiguous = next
            ahead.removeAll { $0 == next }
        }
    }

    /// They were refused: not written.
    package mutating func withdraw(_ count: UInt32) {
        underWay = underWay >= count ? underWay - count : 0
        issued = issued >= count ? issued - count : 0
    }

    /// Whether they were written is not known.
    package mutating func lose(_ count: UInt32) {
        underWay = underWay >= count ? underWay - count : 0
        unknown &+= count
        isOrdered = false
    }

    /// The lengths that the chat may have now.
    package var lengths: ClosedRange<UInt32> { highest...max(highest, issued) }
}
