import GRDB
import SessionCore
import SessionModel

extension SessionRow {
    func newestMessages(_ limit: Int, in db: Database) throws -> [[UInt8]] {
        var messages: [[UInt8]] = []
        try forEachMessage(in: MessageRange.newest(limit: limit).bounds(last: session.messageCount), db) {
            messages.append($0.bytes(1))
        }
        return messages
    }

    func page(_ range: MessageRange, in db: Database) throws -> MessagePage {
        let bounds = range.bounds(last: session.messageCount)
        let hasMore =
            switch range {
            case .newest, .before: bounds.lowerBound > 1
            case .after: bounds.upperBound <= session.messageCount
            }
        var page = MessagePage(firstSequence: bounds.lowerBound, hasMore: hasMore)
        try forEachMessage(in: bounds, db) { statement in
            if page.count > 0 { page.json.append(UInt8(ascii: ",")) }
            statement.append(1, to: &page.json)
            page.count += 1
        }
        return page
    }

    /// Throws where one is missing: a chat has no gaps, and nobody may be shown one as if it had none.
    private func forEachMessage(
        in bounds: Range<Int64>, _ db: Database, _ body: (borrowing SQLStatement) -> Void
    ) throws {
        guard !bounds.isEmpty else { return }
        var statement = try SQLStatement(
            db,
            """
            SELECT sequence_order, document FROM chat_message_documents
            WHERE session = ? AND sequence_order >= ? AND sequence_order < ? ORDER BY sequence_order
            """)
        try statement.bind(number)
        try statement.bind(bounds.lowerBound)
        try statement.bind(bounds.upperBound)
        var expected = bounds.lowerBound
        while try statement.step() {
            guard statement.integer(0) == expected else { break }
            body(statement)
            expected += 1
        }
        guard expected == bounds.upperBound else {
            throw DurableError.failed("message \(expected) of session \(session.id) is missing")
        }
    }
}
