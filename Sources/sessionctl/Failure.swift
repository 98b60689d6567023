import DurableTier
import SessionCore
import Terminal

/// Why a command failed, and what to do next. Whatever it quotes can be shown.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = Printable.text(description) }
}

/// Runs `body`, and tells people of its errors.
func sqlite<Value>(_ body: () throws(DurableError) -> Value) throws -> Value {
    do throws(DurableError) { return try body() } catch { throw Failure(error.reason) }
}
