import SessionModel

extension MessageRange {
    /// The sequence numbers that it means in a chat whose newest message has the number `last`: never below 1, never
    /// beyond `last`, possibly none.
    public func bounds(last: Int64) -> Range<Int64> {
        switch self {
        case .newest(let limit):
            return max(1, last - Int64(limit) + 1)..<(last + 1)
        case .before(let sequence, let limit):
            let end = max(1, min(sequence, last + 1))
            return max(1, end - Int64(limit))..<end
        case .after(let sequence, let limit):
            let start = max(0, min(sequence, last)) + 1
            return start..<min(start + Int64(limit), last + 1)
        }
    }
}
