import Glibc

/// Something that a test needs could not be had; says what, and what to do about it.
public struct TestingError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// What the last failed system call says (errno).
func systemMessage(_ code: Int32 = errno) -> String {
    String(cString: strerror(code))
}
