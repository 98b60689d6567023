import FastCGI
import NIOCore
import Testing

@testable import FastCGIServer

/// Path and query, as they are routed on.
@Suite struct TargetTests {
    @Test(
        arguments: [
            ("/", "/", nil), ("/a%2Fb/%C3%A9?x=1", "/a%2Fb/%C3%A9", "x=1"), ("/a?", "/a", ""), ("/a?b?c", "/a", "b?c"),
            ("//x", "//x", nil), ("/é", "/é", nil), ("http://h/p?q", "/p", "q"), ("HTTPS://h:1/p", "/p", nil),
            ("http://h", "/", nil), ("http://h?q", "/", "q"), ("/http://h/", "/http://h/", nil),
        ] as [(String, String, String?)]
    )
    func aTargetIsSplitAtItsFirstQuestionMark(uri: String, path: String, query: String?) {
        let target = FastCGITarget(requestURI: uri)
        #expect(target?.path == path)
        #expect(target?.query == query)
    }

    @Test(
        arguments: [
            "", "*", "a", "?x", "h:443", "http:///p", "ftp://h/p", "http:/p", "/a b", "/a\r\nb", "/a\u{0}", "/a\u{7f}",
            "\t/",
        ]
    )
    func whatIsNoPathIsRefused(uri: String) {
        #expect(FastCGITarget(requestURI: uri) == nil)
    }

    private func target(_ pairs: [(String, String)]) throws -> FastCGITarget? {
        var bytes = ByteBuffer()
        for pair in pairs { bytes.writeFastCGIPair(name: pair.0, value: pair.1) }
        return FastCGITarget(try FastCGIParameters(parsing: bytes))
    }

    @Test func theOtherPathsCountOnlyWithoutARequestURI() throws {
        let others = [("SCRIPT_NAME", "/s"), ("PATH_INFO", "/p%q é/x"), ("QUERY_STRING", "a=b")]
        #expect(try self.target([("REQUEST_URI", "/u")] + others)?.path == "/u")
        #expect(try self.target([("REQUEST_URI", "")] + others) == nil)
        // They are decoded, so that they are encoded again.
        let target = try self.target(others)
        #expect(target?.path == "/s/p%25q%20%C3%A9/x")
        #expect(target?.query == "a=b")
        #expect(try self.target([("SCRIPT_NAME", ""), ("PATH_INFO", "/p")]) == FastCGITarget(requestURI: "/p"))
        #expect(try self.target([("PATH_INFO", "/p\n")]) == nil)
        #expect(try self.target([]) == nil)
    }

    @Test func bytesThatAreNotTextAreRefused() throws {
        let bytes = ByteBuffer(bytes: [11, 2] + Array("REQUEST_URI".utf8) + [UInt8(ascii: "/"), 0xff])
        #expect(FastCGITarget(try FastCGIParameters(parsing: bytes)) == nil)
    }
}
