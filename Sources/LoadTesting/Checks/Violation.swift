/// Something that the service must never do, seen in an answer. Never holds the text of a message or metadata.
package struct Violation: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// 5xx.
        case serverError = "server error"
        /// Another status than the one expected.
        case status = "unexpected status"
        /// The answer is to another request.
        case foreign = "another's answer"
        /// A chat's numbering or order.
        case chat = "chat"
        /// A body that isn't what was asked for.
        case body = "body"
        /// The bytes are no answer.
        case malformed = "malformed answer"
        /// The connection ended before the answer, or could not be made.
        case connection = "connection lost"
        /// No answer in time.
        case timeout = "no answer"
        /// Not the service's: the harness would have to keep more than it has room for.
        case bound = "beyond the harness’ bound"
    }

    package var kind: Kind
    /// What was expected, and what came.
    package var text: String

    package init(_ kind: Kind, _ text: String) { (self.kind, self.text) = (kind, text) }
}
