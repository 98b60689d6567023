import NIOCore

/// Writes requests as HTTP/1.1.
package struct HTTPRequestEncoder: Sendable {
    /// ` HTTP/1.1`, `Host` and the name of the header that follows.
    private let middle: [UInt8]

    package init(authority: String) {
        middle = Array(" HTTP/1.1\r\nHost: \(authority)\r\nX-Request-ID: ".utf8)
    }

    package func encode(_ draft: RequestDraft, into buffer: inout ByteBuffer) {
        switch draft.method {
        case .get: buffer.writeStaticString("GET ")
        case .post: buffer.writeStaticString("POST ")
        case .put: buffer.writeStaticString("PUT ")
        case .patch: buffer.writeStaticString("PATCH ")
        case .delete: buffer.writeStaticString("DELETE ")
        }
        buffer.writeBytes(draft.path)
        buffer.writeBytes(middle)
        buffer.writeRequestID(draft.number)
        if !draft.authorization.isEmpty {
            buffer.writeStaticString("\r\nAuthorization: ")
            buffer.writeBytes(draft.authorization)
        }
        if draft.body.isEmpty {
            buffer.writeStaticString(draft.method == .post ? "\r\nContent-Length: 0\r\n\r\n" : "\r\n\r\n")
            return
        }
        buffer.writeStaticString("\r\nContent-Type: ")
        buffer.writeString(draft.contentType)
        buffer.writeStaticString("\r\nContent-Length: ")
        buffer.writeString(String(draft.body.count))
        buffer.writeStaticString("\r\n\r\n")
        buffer.writeBytes(draft.body)
    }
}

extension RequestDraft {
    var contentType: String { isMergePatch ? "application/merge-patch+json" : "application/json" }
}

extension ByteBuffer {
    mutating func writeRequestID(_ number: UInt64) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: RequestDraft.requestIDBytes) { bytes in
            if let base = bytes.bindMemory(to: UInt8.self).baseAddress {
                RequestDraft.writeRequestID(number, into: base)
            }
            return RequestDraft.requestIDBytes
        }
    }
}
