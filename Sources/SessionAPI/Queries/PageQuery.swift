import SessionCore
import SessionModel

/// Which page of a list: `?page=1&per_page=20`, or `?cursor=&limit=20`, where an empty cursor begins.
struct PageQuery<Kind> {
    var request: PageRequest<Kind>
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
        guard let position = PageCursor.place(cursor) as Place<Kind>? else {
            throw .badParameter("cursor", "a next_cursor as it was answered")
        }
        request = .following(position, limit: size)
    }
}
