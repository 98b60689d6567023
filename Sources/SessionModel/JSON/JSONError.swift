/// Why a text is not acceptable JSON, and at which byte it was found out.
public struct JSONError: Error, Equatable, Sendable {
    public enum Reason: String, Sendable {
        case syntax = "is not JSON"
        case encoding = "is not UTF-8"
        case byteOrderMark = "begins with a byte-order mark"
        case tooDeep = "is nested deeper than 64"
        case tooManyValues = "holds more than 10000 values"
        case duplicateKey = "holds a key twice in one object"
    }

    public let reason: Reason
    public let offset: Int
}

/// Bounds that hold for every JSON text from outside.
public enum JSONLimits {
    /// Levels of arrays and objects: recursion on a thread's small stack stays shallow.
    public static let depth = 64
    /// Values of any kind, containers included: bounds the time a body under the byte limit can take.
    public static let values = 10_000
}
