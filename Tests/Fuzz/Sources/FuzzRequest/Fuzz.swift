@testable import FastCGI
import FuzzSupport
import NIOCore

@testable import FastCGIServer
@testable import SessionAPI
@testable import SessionCore
@testable import SessionModel

/// Hostile requests, from the PARAMS stream to what an endpoint is told: target, route, query, headers.
///
///     byte 0   top bit: the rest is a PARAMS stream; else names by number, each with its value
///     rest     that
@main enum Fuzz {
    static func main() {
        fuzz { start, count in
            run(Input(start, count))
            return 0
        }
    }
}

private let names = [
    "REQUEST_METHOD", "REQUEST_URI", "CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_AUTHORIZATION", "HTTP_IDEMPOTENCY_KEY",
    "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_PREFER", "HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT", "SCRIPT_NAME",
    "PATH_INFO", "QUERY_STRING", "HTTP_PROXY", "HTTP_X",
]
private let router = Router()

private func run(_ input: Input) {
    var input = input
    var stream = ByteBuffer()
    if input.byte() & 0x80 != 0 {
        stream.writeBytes(input.rest)
    } else {
        while !input.isEmpty {
            let name = names[input.number() & 15]
            stream.writeFastCGIPair(name: name, value: String(decoding: input.piece(), as: UTF8.self))
        }
    }
    guard let parameters = try? FastCGIParameters(parsing: stream) else { return }
    _ = try? parameters.contentLength()
    check(parameters["HTTP_PROXY"] == nil, "HTTP_PROXY got through")
    if let target = FastCGITarget(parameters) { checkTarget(target, parameters["REQUEST_METHOD"] ?? "GET") }
    Headers.check(parameters)
}

private func checkTarget(_ target: FastCGITarget, _ method: String) {
    let path = target.path.utf8
    check(path.first == UInt8(ascii: "/") && !path.contains(UInt8(ascii: "?")), "a path that is none")
    let isPrintable = (target.path + (target.query ?? "")).utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    check(isPrintable, "a control byte got through")
    switch router.match(method: method, path: target.path) {
    case .unknown: break
    case .notAllowed(let allow):
        check(!allow.isEmpty && !allow.split(separator: ", ").contains { $0 == method }, "Allow")
    case .found(let number, let captures):
        let route = Routes.all[number]
        check(captures.count == route.pattern.count { $0 == "{" }, "captures")
        for capture in captures {
            if let id = SessionID(capture) { check(id.description == capture, "an id of two spellings") }
            if let write = WriteID(capture) { check(WriteID(write.description) == write, "a write id") }
        }
    }
    guard let query = try? Query(target.query) else { return }
    if let page = try? PageQuery<SessionKind>(query) {
        check((1...APILimits.rowsPerPage).contains(page.size), "a page without end")
        switch page.request {
        case .numbered(let number, let size):
            check(number >= 1 && number * size <= APILimits.rowsByPageNumber, "a page too far")
        case .following(let place, let limit):
            check((1...APILimits.rowsPerPage).contains(limit), "a page without end")
            if let place { check(PageCursor.place(PageCursor.text(place)) == place, "a cursor that cannot be read") }
            if let place, let cursor = try? query["cursor"] { check(PageCursor.text(place) == cursor, "two spellings") }
        }
    }
    if let view = try? SessionViewQuery(query) {
        check((0...APILimits.messagesOfSession).contains(view.messages), "messages without end")
    }
    if let range = try? MessageRange(query) {
        switch range {
        case .newest(let limit), .before(_, let limit), .after(_, let limit):
            check((1...APILimits.messagesPerPage).contains(limit), "messages without end")
        }
    }
    _ = try? AssetFilter(query)
    _ = try? query.choice("status_filter", of: SessionStatus.self)
}
