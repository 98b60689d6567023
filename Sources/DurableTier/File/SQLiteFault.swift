import GRDB
import SessionCore

/// What an error of SQLite asks for. The codes are those of https://www.sqlite.org/rescode.html.
enum SQLiteFault: Equatable {
    /// Another try, later.
    case wait
    /// Another try, on new connections: after an I/O error nobody knows what the old file handles still hold.
    case reopen
    /// No try before an operator has looked.
    case damage
    /// The same statement with the same values will fail for ever.
    case value
    /// A fault of ours.
    case program

    init(_ code: ResultCode) {
        switch code.primaryResultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_NOMEM, .SQLITE_INTERRUPT, .SQLITE_PROTOCOL,
            .SQLITE_SCHEMA, .SQLITE_ABORT:
            self = .wait
        case .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN: self = .reopen
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damage
        case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH: self = .value
        default: self = .program
        }
    }
}

extension DatabaseError {
    var fault: SQLiteFault { SQLiteFault(extendedResultCode) }

    /// Result code and SQLite's message. No values: they may be somebody's.
    var summary: String {
        let code = extendedResultCode
        return message.map { "\(code.rawValue): \($0)" } ?? "\(code.rawValue)"
    }
}

extension DurableError {
    init(_ error: any Error) {
        switch error {
        case let error as DurableError: self = error
        case let error as DatabaseError:
            switch error.fault {
            case .wait, .reopen: self = .transient("SQLite \(error.summary)")
            case .damage: self = .corrupt("SQLite \(error.summary)")
            case .value, .program: self = .failed("SQLite \(error.summary)")
            }
        case is CancellationError: self = .transient("cancelled")
        default: self = .failed("\(error)")
        }
    }
}
