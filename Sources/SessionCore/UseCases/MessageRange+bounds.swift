import SessionModel

extension MessageRange {
    /// The sequence numbers that it means in a chat whose newest message has the number `last`: never below 1, never
    /// beyond `last`, possibly none.
    public func bounds(last: Int64) -> Range<Int64> {
        let last = max(0, last)
        switch self {
        case .newest(let limit):
            return last - clamped(limit, last) + 1..<(last + 1)
        case .before(let sequence, let limit):
            let end = max(1, min(sequence, last + 1))
            return max(1, end - clamped(limit, last))..<end
        case .after(let sequence, let limit):
            let start = max(0, min(sequence, last)) + 1
            return start..<min(start + clamped(limit, last), last + 1)
        }
    }

    private func clamped(_ limit: Int, _ last: Int64) -> Int64 { max(0, min(Int64(limit), last)) }
}
