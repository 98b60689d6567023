/// Reads an answer of server-sent events as they come, over HTTP/1.0, in which an answer's body is as it is. Every wait ends
/// after `timeoutSeconds`.
public final class EventReader {
    public struct Event: Equatable {
        public var name: String
        public var data: String

        public init(name: String, data: String) {
            self.name = name
            self.data = data
        }
    }

    public let status: Int
    public private(set) var headers: [String] = []
    /// Comment lines so far.
    public private(set) var comments = 0
    /// The last `retry`, in milliseconds.
    public private(set) var retry: Int?
    private var socket: BlockingSocket

    public init(socket path: String, _ target: String, token: String, timeoutSeconds: Int = 5) throws {
        socket = try BlockingSocket(path: path, timeoutSeconds: timeoutSeconds)
        try socket.write(
            Array("GET \(target) HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\r\n".utf8))
        status = Int(try socket.readLine().split(separator: " ").dropFirst().first ?? "") ?? 0
        while case let line = try socket.readLine(), !line.isEmpty { headers.append(line) }
    }

    /// The next event; throws when none comes in time, and when the answer has ended.
    public func next() throws -> Event {
        var event = Event(name: "", data: "")
        while true {
            let line = try socket.readLine()
            if line.isEmpty {
                if !event.name.isEmpty { return event }
            } else if line.hasPrefix(":") {
                comments += 1
            } else if line.hasPrefix("event: ") {
                event.name = String(line.dropFirst(7))
            } else if line.hasPrefix("data: ") {
                event.data = String(line.dropFirst(6))
            } else if line.hasPrefix("retry: ") {
                retry = Int(line.dropFirst(7))
            }
        }
    }

    /// The next event of that name; others are passed over.
    public func next(_ name: String) throws -> Event {
        while true {
            let event = try next()
            if event.name == name { return event }
        }
    }
}
