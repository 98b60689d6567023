import NIOCore
import SessionCore
import SessionModel

/// Why a request was not served (RFC 9457): what its client reads. It holds nothing of the request but JSON pointers.
struct Problem: Error, Sendable {
    /// One place in a body, and what is wrong there.
    struct Fault: Sendable, Equatable {
        /// RFC 6901; empty for the whole body.
        var pointer: String
        var detail: String
    }

    var status: Int
    /// `about:blank`, or a reference under `/problems/` where the status alone doesn't tell.
    var type = "about:blank"
    var detail: String
    var faults: [Fault] = []
    var currentStatus: String?
    var currentVersion: Int64?
    var dependencies: [Readiness.Report] = []
    var fields: [APIResponse.Field] = []

    init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    var response: APIResponse {
        var writer = JSONObjectWriter(reserving: 256)
        writer.member("type", type)
        writer.member("title", Self.title(status))
        writer.member("status", status)
        writer.member("detail", detail)
        if let currentStatus { writer.member("current_status", currentStatus) }
        if let currentVersion { writer.member("current_version", currentVersion) }
        if !faults.isEmpty {
            writer.member("errors") { output in
                output.appendArray(faults) { fault, output in
                    var item = JSONObjectWriter(reserving: 64)
                    item.member("pointer", fault.pointer)
                    item.member("detail", fault.detail)
                    output += item.finish()
                }
            }
        }
        if !dependencies.isEmpty { writer.member("dependencies") { $0.appendDependencies(dependencies) } }
        var response = APIResponse(status: status, body: .buffer(ByteBuffer(bytes: writer.finish())))
        response.add("Content-Type", "application/problem+json")
        response.fields += fields
        return response
    }

    /// The reason phrases of RFC 9110, section 15.
    private static func title(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Internal Server Error"
        }
    }
}

extension [UInt8] {
    mutating func appendDependencies(_ dependencies: [Readiness.Report]) {
        appendArray(dependencies) { dependency, output in
            var item = JSONObjectWriter(reserving: 96)
            item.member("name", dependency.dependency)
            item.member("ready", dependency.isReady)
            item.member("detail", dependency.detail)
            if let warning = dependency.warning { item.member("warning", warning) }
            output += item.finish()
        }
    }
}
