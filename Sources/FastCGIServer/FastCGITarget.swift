public import FastCGI
import NIOCore

/// Path and query of a request, as the client wrote them: percent-encoded, not normalised.
public struct FastCGITarget: Sendable, Equatable {
    /// Begins with "/"; has no "?" and no control bytes.
    public let path: String
    /// What follows the first "?"; `nil` without one.
    public let query: String?

    /// Splits a REQUEST_URI (RFC 9112, section 3.2): origin-form, or absolute-form, whose authority is dropped.
    ///
    /// `nil`: it has control bytes, spaces or invalid UTF-8, or does not begin with "/".
    public init?(requestURI: String) {
        guard requestURI.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        var rest = Substring(requestURI)
        if rest.utf8.first != UInt8(ascii: "/") {
            guard let origin = Self.withoutAuthority(rest) else { return nil }
            rest = origin
        }
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = rest[..<(mark ?? rest.endIndex)]
        self.path = path.isEmpty ? "/" : String(path)
        self.query = mark.map { String(rest[rest.utf8.index(after: $0)...]) }
    }

    /// REQUEST_URI, which alone means the same from every web server. Only where it is absent, SCRIPT_NAME, PATH_INFO
    /// and QUERY_STRING, whose path is decoded, and so is encoded again.
    public init?(_ parameters: FastCGIParameters) {
        if let bytes = parameters.value(FastCGIParameters.Critical.requestURI.rawValue) {
            if let plain = bytes.withUnsafeReadableBytes({ Self(plain: $0) }) {
                self = plain
                return
            }
            guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else { return nil }
            self.init(requestURI: text)
            return
        }
        let path = (parameters["SCRIPT_NAME"] ?? "") + (parameters["PATH_INFO"] ?? "")
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            return nil
        }
        let query = parameters["QUERY_STRING"] ?? ""
        self.init(requestURI: Self.percentEncoded(path) + (query.isEmpty ? "" : "?" + query))
    }

    /// As nearly every target is: in origin-form, of printable ASCII. `nil` for any other.
    private init?(plain bytes: UnsafeRawBufferPointer) {
        guard bytes.first == UInt8(ascii: "/"), bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        let mark = bytes.firstIndex(of: UInt8(ascii: "?"))
        self.path = String(decoding: bytes[..<(mark ?? bytes.endIndex)], as: UTF8.self)
        self.query = mark.map { String(decoding: bytes[($0 + 1)...], as: UTF8.self) }
    }

    /// `http://host/p?q` → `/p?q`; `nil` for anything else, such as `*` or `host:443`.
    private static func withoutAuthority(_ target: Substring) -> Substring? {
        for scheme in ["http://", "https://"] where target.utf8.count >= scheme.utf8.count {
            let end = target.utf8.index(target.startIndex, offsetBy: scheme.utf8.count)
            guard target[..<end].lowercased() == scheme else { continue }
            let rest = target[end...]
            let start = rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
            guard start != rest.startIndex else { return nil }
            return rest[(start ?? rest.endIndex)...]
        }
        return nil
    }

    private static func percentEncoded(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: ","),
                UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "$"), UInt8(ascii: "&"):
                encoded.append(byte)
            default:
                encoded.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
