import FastCGI
import NIOCore

/// Writes requests as FastCGI records: BEGIN, PARAMS, STDIN, as nginx writes them.
package struct FastCGIRequestEncoder: Sendable {
    /// Reused for each request's parameters.
    private var parameters = ByteBuffer()

    package init() {}

    package mutating func encode(_ draft: RequestDraft, requestID: UInt16, into buffer: inout ByteBuffer) {
        buffer.writeFastCGIBeginRequest(requestID: requestID, keepConnection: true)
        parameters.clear()
        parameters.pair("REQUEST_METHOD", Array(draft.method.rawValue.utf8))
        parameters.pair("REQUEST_URI", draft.path)
        var digits: [UInt8] = []
        if !draft.body.isEmpty {
            digits.append(decimal: UInt32(draft.body.count))
            parameters.pair("CONTENT_TYPE", draft.contentType)
        }
        parameters.pair("CONTENT_LENGTH", digits)
        parameters.pair("REMOTE_ADDR", "127.0.0.1")
        parameters.lengths(17, RequestDraft.requestIDBytes)
        parameters.writeStaticString("HTTP_X_REQUEST_ID")
        parameters.writeRequestID(draft.number)
        if !draft.authorization.isEmpty { parameters.pair("HTTP_AUTHORIZATION", draft.authorization) }
        buffer.writeFastCGIStream(.params, requestID: requestID, parameters)
        buffer.writeFastCGIStreamEnd(.params, requestID: requestID)
        var rest = draft.body[...]
        while !rest.isEmpty {
            let part = rest.prefix(FastCGILimits.writtenContentBytes)
            buffer.writeFastCGIHeader(.stdin, requestID: requestID, contentLength: UInt16(part.count))
            buffer.writeBytes(part)
            rest = rest.dropFirst(part.count)
        }
        buffer.writeFastCGIStreamEnd(.stdin, requestID: requestID)
    }
}

extension ByteBuffer {
    fileprivate mutating func lengths(_ name: Int, _ value: Int) {
        for length in [name, value] {
            if length < 0x80 {
                writeInteger(UInt8(truncatingIfNeeded: length))
            } else {
                writeInteger(UInt32(truncatingIfNeeded: length) | 0x8000_0000)
            }
        }
    }

    fileprivate mutating func pair(_ name: StaticString, _ value: [UInt8]) {
        lengths(name.utf8CodeUnitCount, value.count)
        writeStaticString(name)
        writeBytes(value)
    }

    fileprivate mutating func pair(_ name: StaticString, _ value: StaticString) {
        lengths(name.utf8CodeUnitCount, value.utf8CodeUnitCount)
        writeStaticString(name)
        writeStaticString(value)
    }
}
