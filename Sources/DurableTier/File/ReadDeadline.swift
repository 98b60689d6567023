import CSQLite
import GRDB

/// Ends a read that lasts too long: SQLite asks it every thousand or so of its instructions.
struct ReadDeadline {
    /// Instructions of SQLite's virtual machine between two looks at the clock: some tens of microseconds.
    private static let stride: Int32 = 1_000

    private let end: ContinuousClock.Instant
    private let milliseconds: Int

    static func run<Value>(
        _ db: Database, milliseconds: Int, _ body: (Database, ReadDeadline) throws -> Value
    ) throws -> Value {
        var deadline = ReadDeadline(
            end: ContinuousClock.now.advanced(by: .milliseconds(milliseconds)), milliseconds: milliseconds)
        // The handler is gone before the value it points to is.
        return try withUnsafeMutablePointer(to: &deadline) { pointer in
            sqlite3_progress_handler(
                db.sqliteConnection, stride,
                { context in
                    guard let context else { return 0 }
                    let deadline = context.assumingMemoryBound(to: ReadDeadline.self).pointee
                    return ContinuousClock.now < deadline.end ? 0 : 1
                }, pointer)
            defer { sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil) }
            return try body(db, pointer.pointee)
        }
    }

    /// Between two of many small statements, none of which SQLite would ask about.
    func check() throws {
        guard ContinuousClock.now < end else {
            throw DatabaseError(resultCode: .SQLITE_INTERRUPT, message: "the read lasted over \(milliseconds) ms")
        }
    }
}
