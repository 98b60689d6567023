import GRDB
import SessionCore
import SessionModel

extension SessionRow {
    func newestMessages(_ limit: Int, in db: Database) throws -> [[UInt8]] {
        var messages: [[UInt8]] = []
        try forEachMessage(in: MessageSpan(.newest(limit: limit), count: session.messageCount), db) {
            messages.append($0.bytes(1))
        }
        return messages
    }

    func page(_ span: MessageSpan, in db: Database) throws -> MessagePage {
        var page = MessagePage(firstSequence: span.first, hasMore: span.hasMore)
        try forEachMessage(in: span, db) { statement in
            if page.count > 0 { page.json.append(UInt8(ascii: ",")) }
            statement.append(1, to: &page.json)
            page.count += 1
        }
        return page
    }

    /// Throws where one is missing: a chat has no gaps, and nobody may be shown one as if it had none.
    private func forEachMessage(
        in span: MessageSpan, _ db: Database, _ body: (borrowing SQLStatement) -> Void
    ) throws {
        guard span.first <= span.last else { return }
        var statement = try SQLStatement(
            db,
            """
            SELECT sequence_order, document FROM chat_message_documents
            WHERE session = ? AND sequence_order BETWEEN ? AND ? ORDER BY sequence_order
            """)
        try statement.bind(number)
        try statement.bind(span.first)
        try statement.bind(span.last)
        var expected = span.first
        while try statement.step() {
            guard statement.integer(0) == expected else { break }
            body(statement)
            expected += 1
        }
        guard expected == span.last + 1 else {
            throw DurableError.failed("message \(expected) of session \(session.id) is missing")
        }
    }
}
