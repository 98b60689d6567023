#if canImport(Glibc)
    import Glibc
#endif

/// A yes on a terminal.
enum Confirmation {
    static func isGiven(_ question: String) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else { return false }
        let text = Array("\(question) [yes/no] ".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        return readLine() == "yes"
    }
}
