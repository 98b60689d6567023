/// Asks a FastCGI server for one path, without nginx: for waiting until it is ready.
public enum FastCGIProbe {
    /// The answer's status; 200 if it has no Status line, as CGI has it.
    public static func get(_ path: String, socket: String) throws -> Int {
        var connection = try BlockingSocket(path: socket)
        var parameters: [UInt8] = []
        for (name, value) in [("REQUEST_METHOD", "GET"), ("REQUEST_URI", path), ("CONTENT_LENGTH", "")] {
            // One byte of length each: both are shorter than 128 bytes.
            parameters += [UInt8(name.utf8.count), UInt8(value.utf8.count)] + Array(name.utf8) + Array(value.utf8)
        }
        // Responder, not KEEP_CONN; PARAMS and their end; the end of STDIN.
        try connection.write(
            record(type: 1, [0, 1, 0, 0, 0, 0, 0, 0]) + record(type: 4, parameters) + record(type: 4, [])
                + record(type: 5, []))
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

    private static func record(type: UInt8, _ content: [UInt8]) -> [UInt8] {
        [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 0xff), 0, 0] + content
    }
}
