import SessionCore

/// The sequence numbers that a range means in a chat of so many messages: `first` to `last`, none where `last` is below
/// `first`.
struct MessageSpan: Equatable {
    var first: Int64
    var last: Int64
    /// Whether there are more in the direction in which the range goes.
    var hasMore: Bool

    /// Any number may be asked for: places and limits that lie outside of the chat are moved to its ends.
    init(_ range: MessageRange, count: Int64) {
        func length(_ limit: Int) -> Int64 { min(max(Int64(limit), 0), count) }
        switch range {
        case .newest(let limit): self.init(endingAt: count, length: length(limit))
        case .before(let place, let limit):
            self.init(endingAt: min(max(place, 1), count + 1) - 1, length: length(limit))
        case .after(let place, let limit):
            let start = min(max(place, 0), count)
            let last = start + min(length(limit), count - start)
            self.init(first: start + 1, last: last, hasMore: last < count)
        }
    }

    private init(endingAt end: Int64, length: Int64) {
        let first = end - min(length, end) + 1
        self.init(first: first, last: end, hasMore: first > 1)
    }

    private init(first: Int64, last: Int64, hasMore: Bool) {
        self.first = first
        self.last = last
        self.hasMore = hasMore
    }
}
