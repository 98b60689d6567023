import SessionCore

/// How much of a session is asked for: `?messages=50&touch=true`.
struct SessionViewQuery {
    var messages: Int
    var isTouching: Bool

    init(_ query: Query) throws(Problem) {
        messages =
            try query.integer("messages", in: 0...APILimits.messagesOfSession) ?? APILimits.messagesOfSessionByDefault
        isTouching = try query.flag("touch") ?? true
    }
}

extension MessageRange {
    /// `?before=SEQ` or `?after=SEQ`, `&limit=50`.
    init(_ query: Query) throws(Problem) {
        let limit =
            try query.integer("limit", in: 1...APILimits.messagesPerPage) ?? APILimits.messagesPerPageByDefault
        let before = try query.integer("before", in: 1...Int.max)
        let after = try query.integer("after", in: 0...Int.max)
        switch (before, after) {
        case (nil, nil): self = .newest(limit: limit)
        case (let before?, nil): self = .before(Int64(before), limit: limit)
        case (nil, let after?): self = .after(Int64(after), limit: limit)
        case (_?, _?): throw Problem(400, "Of before and after only one can be given.")
        }
    }
}
