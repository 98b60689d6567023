import GRDB
import SessionCore

extension Database {
    /// Carries out `body` whole or not at all, within the transaction. Nil, and everything as before, where `body` rejects
    /// something, or SQLite refuses a value for ever.
    func savepoint<Value>(_ body: () throws -> Value, refused: (String) -> Void = { _ in }) throws -> Value? {
        try run("SAVEPOINT part")
        do {
            let value = try body()
            try run("RELEASE part")
            return value
        } catch {
            let reason: String
            switch error {
            case is Rejection, is ChangeError: reason = "\(error)"
            case let error as DatabaseError where error.fault == .value: reason = "SQLite \(error.summary)"
            default: throw error
            }
            try run("ROLLBACK TO part")
            try run("RELEASE part")
            refused(reason)
            return nil
        }
    }
}
