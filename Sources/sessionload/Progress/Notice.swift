#if canImport(Glibc)
    import Glibc
#endif

/// A line on standard error: what people should know, and figures don't tell.
enum Notice {
    static func put(_ text: String) {
        let bytes = Array("sessionload: \(text)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
