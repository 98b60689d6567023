/// A kept FastCGI connection for one request after another, without nginx. It blocks.
public struct FastCGIClient: ~Copyable {
    private var connection: BlockingSocket

    public init(socket: String) throws {
        connection = try BlockingSocket(path: socket)
    }

    /// The answer's status; 200 if it has no Status line, as CGI has it.
    /// - Parameter headers: By their names as parameters, such as `HTTP_AUTHORIZATION`.
    public mutating func request(
        _ method: String, _ path: String, headers: [(String, String)] = []
    ) throws -> Int {
        var parameters: [UInt8] = []
        for (name, value) in [("REQUEST_METHOD", method), ("REQUEST_URI", path), ("CONTENT_LENGTH", "")] + headers {
            parameters += Self.length(name) + Self.length(value) + Array(name.utf8) + Array(value.utf8)
        }
        // Responder, KEEP_CONN; PARAMS and their end; the end of STDIN.
        try connection.write(
            Self.record(type: 1, [0, 1, 1, 0, 0, 0, 0, 0]) + Self.record(type: 4, parameters)
                + Self.record(type: 4, []) + Self.record(type: 5, []))
        var answer: [UInt8] = []
        while true {
            let header = try connection.read(8)
            let content = try connection.read(Int(header[4]) << 8 | Int(header[5]))
            _ = try connection.read(Int(header[6]))
            if header[1] == 6 { answer += content }
            if header[1] == 3 { break }
        }
        let lines = String(decoding: answer, as: UTF8.self).split(whereSeparator: \.isNewline)
        let status = lines.first { $0.lowercased().hasPrefix("status:") }
        return status.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 200
    }

    private static func length(_ text: String) -> [UInt8] {
        let count = UInt32(text.utf8.count)
        guard count >= 128 else { return [UInt8(count)] }
        return stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: (count | 1 << 31) >> UInt32($0)) }
    }

    private static func record(type: UInt8, _ content: [UInt8]) -> [UInt8] {
        [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 0xff), 0, 0] + content
    }
}
