/// A reply of Redis's, as RESP2 has it. For assertions: it reads well and is slow.
public enum RESPValue: Sendable, Equatable {
    case simple(String)
    case error(String)
    case integer(Int)
    case bulk([UInt8])
    case array([RESPValue])
    case null

    /// Text of a simple or bulk string.
    public var string: String? {
        switch self {
        case .simple(let text): text
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .error, .integer, .array, .null: nil
        }
    }

    /// An integer, or a string that is one.
    public var int: Int? {
        if case .integer(let value) = self { return value }
        return string.flatMap { Int($0) }
    }

    public var array: [RESPValue]? {
        if case .array(let values) = self { return values }
        return nil
    }

    /// An array of strings.
    public var strings: [String] { array?.compactMap(\.string) ?? [] }

    /// An array of names and values in turn, as HGETALL and CONFIG GET answer.
    public var dictionary: [String: String] {
        let flat = strings
        var pairs: [String: String] = [:]
        for index in stride(from: 0, to: flat.count - 1, by: 2) { pairs[flat[index]] = flat[index + 1] }
        return pairs
    }

    static func read(from socket: inout BlockingSocket) throws -> RESPValue {
        let line = try socket.readLine()
        let rest = String(line.dropFirst())
        switch line.first {
        case "+": return .simple(rest)
        case "-": return .error(rest)
        case ":": return .integer(try number(rest))
        case "$":
            let count = try number(rest)
            guard count >= 0 else { return .null }
            let bytes = try socket.read(count)
            _ = try socket.read(2)
            return .bulk(bytes)
        case "*":
            let count = try number(rest)
            guard count >= 0 else { return .null }
            var values: [RESPValue] = []
            for _ in 0..<count { values.append(try read(from: &socket)) }
            return .array(values)
        case let other: throw TestingError("not RESP2: \(other.map(String.init) ?? "an empty line")")
        }
    }

    private static func number(_ text: String) throws -> Int {
        guard let value = Int(text) else { throw TestingError("not a number in RESP2: \(text)") }
        return value
    }
}
