import SessionModel

/// What stands in a deleted session's or mission's place: `<log id> <user id>`. Nil is what can't be read.
public struct Tombstone: Sendable {
    /// The log entry of its deletion.
    public let logID: LogID?
    /// Whose it was.
    public let user: UserID?

    init(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1)
        logID = words.first.flatMap { LogID($0) }
        user = words.count > 1 ? UserID(String(words[1])) : nil
    }
}
