/// Messages of one chat in order, as the encoded JSON that is stored: objects with commas between them, so that an
/// answer takes them over without decoding. Sequence numbers within are without gaps.
public struct MessagePage: Sendable, Equatable {
    public var json: [UInt8]
    public var count: Int
    /// The sequence number of the first; meaningless while `count` is 0.
    public var firstSequence: Int64
    /// Whether older ones exist before the first of these (after the last, for a page asked for by `after`).
    public var hasMore: Bool

    public init(json: [UInt8] = [], count: Int = 0, firstSequence: Int64 = 1, hasMore: Bool = false) {
        self.json = json
        self.count = count
        self.firstSequence = firstSequence
        self.hasMore = hasMore
    }

    public var lastSequence: Int64 { firstSequence + Int64(count) - 1 }

    /// Puts the messages of `newer` behind these. They must follow on without a gap.
    public mutating func append(_ newer: MessagePage) {
        guard newer.count > 0 else { return }
        if count == 0 { firstSequence = newer.firstSequence } else { json.append(UInt8(ascii: ",")) }
        json += newer.json
        count += newer.count
    }
}
