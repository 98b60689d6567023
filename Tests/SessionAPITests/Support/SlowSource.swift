import NIOCore

@testable import SessionAPI

/// A request whose body is on its way until it is told to go on.
final class SlowSource: RequestSource {
    private let token: String
    private let bytes: ByteBuffer
    private let asked = AsyncStream.makeStream(of: Void.self)
    private let arrived = AsyncStream.makeStream(of: Void.self)

    init(_ token: String, _ bytes: [UInt8]) {
        self.token = token
        self.bytes = ByteBuffer(bytes: bytes)
    }

    func isAsked() async { for await _ in asked.stream { return } }
    func goOn() { arrived.continuation.finish() }

    func value(of header: RequestHeader) -> String? {
        switch header {
        case .authorization: "Bearer " + token
        case .contentType: "application/json"
        case .idempotencyKey, .ifMatch, .ifNoneMatch, .prefer, .requestID, .traceparent: nil
        }
    }

    /// As of an upload of unknown length.
    var bodyLength: Int? { nil }

    func body(upTo limit: Int) async throws(RequestBodyError) -> ByteBuffer {
        asked.continuation.yield()
        for await _ in arrived.stream {}
        return bytes
    }
}
