/// Sends bytes that no client would send.
public enum RawHTTP {
    /// The whole of what comes back until the other side closes, so the request should say `Connection: close`.
    public static func exchange(_ request: [UInt8], socket: String) throws -> String {
        var connection = try BlockingSocket(path: socket)
        try connection.write(request)
        var answer: [UInt8] = []
        while let byte = try? connection.readByte() { answer.append(byte) }
        return String(decoding: answer, as: UTF8.self)
    }
}
