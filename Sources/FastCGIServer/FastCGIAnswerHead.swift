import FastCGI
import NIOCore

/// The CGI header block of an answer (RFC 3875, section 6), and the body that goes with it.
///
/// An answer that cannot be sent becomes a 500 here, with ``refusal`` set.
struct FastCGIAnswerHead {
    enum Refusal: Error {
        case status(Int)
        case headers(FastCGIHeaders.Refusal)
        case headerBlockBytes(Int)
    }

    private(set) var block: [UInt8] = []
    private(set) var body: FastCGIResponse.Body
    private(set) var refusal: Refusal?

    init(_ response: FastCGIResponse, isHead: Bool, limits: FastCGILimits) {
        self.body = .empty
        self.refusal = Self.refusal(response)
        if self.refusal == nil {
            self.write(response, isHead: isHead)
            if self.block.count > limits.headerBlockBytes {
                self.refusal = .headerBlockBytes(self.block.count)
            }
        }
        if self.refusal != nil {
            self.block = []
            self.write(.problem(500, "The answer could not be sent."), isHead: isHead)
        }
    }

    private static func refusal(_ response: FastCGIResponse) -> Refusal? {
        guard (200...599).contains(response.status) else { return .status(response.status) }
        return response.headers.refusal.map(Refusal.headers)
    }

    private mutating func write(_ response: FastCGIResponse, isHead: Bool) {
        self.block.reserveCapacity(response.headers.block.count + 96)
        self.block.append(text: "Status: ")
        self.block.append(text: String(response.status))
        self.block.append(text: " ")
        self.block.append(text: reasonPhrase(response.status))
        self.block.append(text: "\r\n")
        self.block += response.headers.block
        let isBodyless = response.status == 204 || response.status == 304
        switch response.body {
        case .empty:
            if !isBodyless, !isHead { self.writeContentLength(0) }
            self.body = .empty
        case .buffer(let bytes):
            if !isBodyless { self.writeContentLength(bytes.readableBytes) }
            self.body = isBodyless || isHead ? .empty : response.body
        case .stream:
            self.body = isBodyless || isHead ? .empty : response.body
        }
        self.block.append(text: "\r\n")
    }

    private mutating func writeContentLength(_ length: Int) {
        self.block.append(text: "Content-Length: ")
        self.block.append(text: String(length))
        self.block.append(text: "\r\n")
    }
}
