/// What one check of a shard's file came to.
public struct CheckResult: Sendable, Equatable {
    public enum Outcome: String, Sendable {
        case passed
        /// Nothing is wrong, but somebody should know.
        case noted
        case failed
    }

    public var name: String
    public var outcome: Outcome
    /// What was looked at: `1,234 chats`.
    public var looked: Int
    public var unit: String
    /// Of those that ``details`` are the first of.
    public var findings: Int
    /// May quote what is in the file.
    public var details: [String]

    /// Findings that are told one by one.
    public static let mostDetails = 10

    /// Of a file that can't be opened.
    public static func unreadable(_ reason: String) -> CheckResult {
        CheckResult(name: "open", outcome: .failed, looked: 0, unit: "", findings: 1, details: [reason])
    }
}

/// What a check has found so far.
struct Findings {
    private(set) var count = 0
    private(set) var details: [String] = []
    private(set) var notes: [String] = []
    private(set) var looked = 0
    private(set) var unit = ""

    mutating func add(_ detail: @autoclosure () -> String) {
        count += 1
        if details.count < CheckResult.mostDetails { details.append(detail()) }
    }

    mutating func note(_ detail: String) { if notes.count < CheckResult.mostDetails { notes.append(detail) } }

    mutating func looked(at count: Int, _ unit: String) { (looked, self.unit) = (count, unit) }

    func result(_ name: String) -> CheckResult {
        CheckResult(
            name: name, outcome: count > 0 ? .failed : notes.isEmpty ? .passed : .noted, looked: looked, unit: unit,
            findings: count, details: count > 0 ? details : notes)
    }
}
