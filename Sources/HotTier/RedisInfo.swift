/// The `name:value` lines of an `INFO` answer.
struct RedisInfo {
    private let text: String

    init(_ text: String) { self.text = text }

    subscript(name: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(name + ":") {
            return String(line.dropFirst(name.count + 1))
        }
        return nil
    }
}
