import FastCGI
import NIOCore

/// Writes requests as FastCGI records: BEGIN, PARAMS, STDIN, as nginx writes them.
package struct FastCGIRequestEncoder: Sendable {
    /// Reused for each request's parameters.
    private var parameters = ByteBuffer()

    package init() {}

    package mutating func encode(_ draft: RequestDraft, requestID: UInt16, into buffer: inout ByteBuffer) {
        parameters.clear()
        parameters.writeFastCGIPair(name: "REQUEST_METHOD", value: draft.method.rawValue)
        parameters.writeFastCGIPair(name: "REQUEST_URI", value: String(decoding: draft.path, as: UTF8.self))
        if draft.body.isEmpty {
            parameters.writeFastCGIPair(name: "CONTENT_LENGTH", value: "")
        } else {
            parameters.writeFastCGIPair(name: "CONTENT_TYPE", value: draft.contentType)
            parameters.writeFastCGIPair(name: "CONTENT_LENGTH", value: String(draft.body.count))
        }
        parameters.writeFastCGIPair(name: "REMOTE_ADDR", value: "127.0.0.1")
        parameters.writeFastCGIPair(name: "HTTP_X_REQUEST_ID", value: draft.requestID)
        if !draft.authorization.isEmpty {
            parameters.writeFastCGIPair(
                name: "HTTP_AUTHORIZATION", value: String(decoding: draft.authorization, as: UTF8.self))
        }
        buffer.writeFastCGIBeginRequest(requestID: requestID, keepConnection: true)
        buffer.writeFastCGIStream(.params, requestID: requestID, parameters)
        buffer.writeFastCGIStreamEnd(.params, requestID: requestID)
        buffer.writeFastCGIStdin(requestID: requestID, ByteBuffer(bytes: draft.body))
    }
}

extension RequestDraft {
    fileprivate var requestID: String {
        String(unsafeUninitializedCapacity: Self.requestIDBytes) { bytes in
            if let base = bytes.baseAddress { Self.writeRequestID(number, into: base) }
            return Self.requestIDBytes
        }
    }
}
