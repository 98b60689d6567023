public import Logging

/// By which names a request can be found again: its own, and the trace it is part of.
///
/// Both are taken over from the request when they are well formed, else made; both stand on every answer. While a
/// request is served they are its task's local value, and ``metadata`` puts them into every log line it causes, whoever
/// writes it; a line that isn't written costs nothing.
public struct RequestIdentity: Sendable {
    /// `[A-Za-z0-9._-]{1,128}`.
    public let requestID: String
    /// W3C Trace Context, `traceparent` version 00.
    public let traceparent: String

    @TaskLocal public static var current: RequestIdentity?

    /// For `LoggingSystem.bootstrap`.
    public static let metadata = Logger.MetadataProvider {
        guard let current else { return [:] }
        return ["request_id": "\(current.requestID)", "traceparent": "\(current.traceparent)"]
    }

    init(requestID: String?, traceparent: String?, using generator: inout some RandomNumberGenerator) {
        let trace = traceparent.flatMap { Self.isTraceparent($0) ? $0 : nil } ?? Self.newTraceparent(using: &generator)
        self.traceparent = trace
        self.requestID = requestID.flatMap { Self.isRequestID($0) ? $0 : nil } ?? Self.traceID(of: trace)
    }

    static func isRequestID(_ text: String) -> Bool {
        let length = text.utf8.count
        return length > 0 && length <= APILimits.requestIDLength && text.utf8.allSatisfy(\.isPlain)
    }

    /// 55 bytes: `00-`, 32 digits that are not all 0, `-`, 16 that are not all 0, `-`, 2.
    static func isTraceparent(_ text: String) -> Bool {
        guard text.utf8.count == 55, text.utf8.starts(with: "00-".utf8) else { return false }
        var position = 0
        var hasTrace = false
        var hasParent = false
        for byte in text.utf8 {
            switch position {
            case 2, 35, 52:
                guard byte == UInt8(ascii: "-") else { return false }
            default:
                guard Hexadecimal.isLowerDigit(byte) else { return false }
                if byte != UInt8(ascii: "0") {
                    if (3..<35).contains(position) { hasTrace = true }
                    if (36..<52).contains(position) { hasParent = true }
                }
            }
            position += 1
        }
        return hasTrace && hasParent
    }

    private static func newTraceparent(using generator: inout some RandomNumberGenerator) -> String {
        // The lowest bit keeps the ids from being all 0.
        let words = (generator.next() as UInt64, generator.next() as UInt64 | 1, generator.next() as UInt64 | 1)
        return String(unsafeUninitializedCapacity: 55) { output in
            output.initialize(repeating: UInt8(ascii: "0"))
            for (start, word) in [(3, words.0), (19, words.1), (36, words.2)] {
                for digit in 0..<16 {
                    let value = UInt8(truncatingIfNeeded: word >> UInt64((15 - digit) * 4)) & 0xf
                    output[start + digit] = Hexadecimal.digit(value)
                }
            }
            for dash in [2, 35, 52] { output[dash] = UInt8(ascii: "-") }
            return 55
        }
    }

    private static func traceID(of traceparent: String) -> String {
        String(decoding: traceparent.utf8.dropFirst(3).prefix(32), as: UTF8.self)
    }
}
