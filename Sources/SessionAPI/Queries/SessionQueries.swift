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

/// Which page of the sessions: `?page=1&per_page=20`, or `?cursor=&limit=20`, where an empty cursor begins.
struct SessionPageQuery {
    var request: PageRequest
    /// Nil by cursor.
    var number: Int?
    var size: Int

    init(_ query: Query) throws(Problem) {
        let page = try query.integer("page", in: 1...Int.max)
        let perPage = try query.integer("per_page", in: 1...APILimits.rowsPerPage)
        let cursor = try query["cursor"]
        let limit = try query.integer("limit", in: 1...APILimits.rowsPerPage)
        guard cursor != nil || limit != nil else {
            let number = page ?? 1
            size = perPage ?? APILimits.rowsPerPageByDefault
            guard number <= APILimits.rowsByPageNumber / size else {
                throw .badParameter(
                    "page", "within the first \(APILimits.rowsByPageNumber) rows; further on use next_cursor as cursor")
            }
            self.number = number
            request = .numbered(page: number, size: size)
            return
        }
        guard page == nil, perPage == nil else {
            throw Problem(400, "Pages are asked for by page and per_page, or by cursor and limit.")
        }
        size = limit ?? APILimits.rowsPerPageByDefault
        guard let cursor, !cursor.isEmpty else {
            request = .following(nil, limit: size)
            return
        }
        guard let position = SessionCursor.position(cursor) else {
            throw .badParameter("cursor", "a next_cursor as it was answered")
        }
        request = .following(position, limit: size)
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
