/// A request's parts, before they are written as HTTP or as FastCGI. Used again and again: its buffers keep their room.
package struct RequestDraft: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package var method = Method.get
    /// Path and query.
    package var path: [UInt8] = []
    package var body: [UInt8] = []
    /// Empty without a token.
    package var authorization: [UInt8] = []
    /// Becomes the X-Request-ID.
    package var number: UInt64 = 0

    package init() {
        path.reserveCapacity(256)
        body.reserveCapacity(4096)
    }

    package var isMergePatch: Bool { method == .patch && isSession }
    /// Whether the path is a session's.
    var isSession = false

    package mutating func begin(_ method: Method) {
        self.method = method
        path.removeAll(keepingCapacity: true)
        body.removeAll(keepingCapacity: true)
        isSession = false
    }

    package static let requestIDBytes = 21

    /// `load-` and 16 hexadecimal digits.
    package static func writeRequestID(_ number: UInt64, into output: UnsafeMutablePointer<UInt8>) {
        let prefix: StaticString = "load-"
        output.update(from: prefix.utf8Start, count: 5)
        for digit in 0..<16 {
            let value = UInt8(truncatingIfNeeded: number >> UInt64((15 - digit) * 4)) & 0xf
            output[5 + digit] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
        }
    }
}

extension [UInt8] {
    package mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
