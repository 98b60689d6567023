public import NIOCore

/// An answer. `Content-Length`, and leaving out the body to HEAD, are the server's work.
public struct APIResponse: Sendable {
    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public enum Body: Sendable {
        case empty
        case buffer(ByteBuffer)
        /// Written as it is made, as long as somebody reads it. Throwing breaks the answer off.
        case stream(@Sendable (any APIBodyWriter) async throws -> Void)
    }

    public var status: Int
    /// Values are printable ASCII.
    public var fields: [Field]
    public var body: Body

    public init(status: Int, fields: [Field] = [], body: Body = .empty) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The first field of that name, in this very spelling.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    static func json(_ status: Int, _ bytes: [UInt8], fields: [Field] = []) -> APIResponse {
        var response = APIResponse(status: status, body: .buffer(ByteBuffer(bytes: bytes)))
        response.fields.reserveCapacity(fields.count + 8)
        response.fields.append(Field("Content-Type", "application/json"))
        response.fields += fields
        return response
    }

    mutating func add(_ name: String, _ value: String) { fields.append(Field(name, value)) }
}

/// Where an answer without a known end goes.
public protocol APIBodyWriter: Sendable {
    /// Suspends while its reader is behind; throws once there is none.
    func write(_ bytes: ByteBuffer) async throws
}
