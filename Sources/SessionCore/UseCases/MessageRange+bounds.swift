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

    /// Messages that either tier is asked for at once: each may be as long as a body, and a reply is held whole.
    public static let piece = 64
    /// Bytes of messages after which an answer is long enough, though fewer came than were asked for: the others are told
    /// by `has_more`. A piece more at most.
    static let answerBytes = 16 << 20

    var limit: Int {
        switch self {
        case .newest(let limit), .before(_, let limit), .after(_, let limit): limit
        }
    }

    var isForward: Bool { if case .after = self { true } else { false } }

    func limited(to most: Int) -> MessageRange {
        switch self {
        case .newest(let limit): .newest(limit: min(limit, most))
        case .before(let sequence, let limit): .before(sequence, limit: min(limit, most))
        case .after(let sequence, let limit): .after(sequence, limit: min(limit, most))
        }
    }

    private func clamped(_ limit: Int, _ last: Int64) -> Int64 { max(0, min(Int64(limit), last)) }
}
