import NIOCore

@testable import FastCGI

/// A raw record, well-formed or not.
func record(
    _ type: UInt8,
    id: UInt16 = 1,
    _ content: [UInt8] = [],
    padding: UInt8 = 0,
    version: UInt8 = 1
) -> [UInt8] {
    let length = UInt16(content.count)
    return [version, type, UInt8(id >> 8), UInt8(id & 255), UInt8(length >> 8), UInt8(length & 255), padding, 0]
        + content + Array(repeating: 0xEE, count: Int(padding))
}

func begin(id: UInt16 = 1, role: UInt8 = 1, keep: Bool = true, padding: UInt8 = 0) -> [UInt8] {
    record(1, id: id, [0, role, keep ? 1 : 0, 0, 0, 0, 0, 0], padding: padding)
}

func pair(_ name: String, _ value: String, long: Bool = false) -> [UInt8] {
    func length(_ count: Int) -> [UInt8] {
        guard long || count >= 128 else { return [UInt8(count)] }
        return [UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
    }
    return length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
}

/// BEGIN, PARAMS, STDIN of a whole request.
func request(
    id: UInt16 = 1,
    keep: Bool = true,
    _ pairs: [(String, String)] = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/")],
    body: String = "",
    padding: UInt8 = 0
) -> [UInt8] {
    let stream = pairs.flatMap { pair($0.0, $0.1) }
    var bytes = begin(id: id, keep: keep, padding: padding)
    if !stream.isEmpty { bytes += record(4, id: id, stream, padding: padding) }
    bytes += record(4, id: id, padding: padding)
    if !body.isEmpty { bytes += record(5, id: id, Array(body.utf8), padding: padding) }
    return bytes + record(5, id: id, padding: padding)
}

let endOfRequest: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]

/// What a connection did, in words that can be compared.
enum Happening: Equatable {
    case request(UInt16, [String: String], Int?)
    case refused(UInt16, FastCGIRefusal)
    case body(UInt16, String)
    case bodyEnd(UInt16, FastCGIBodyEnd)
    case aborted(UInt16)
    case failed(FastCGIFramingError)
}

/// Drives a machine as a server would, answering nothing by itself.
struct Driver {
    var state: FastCGIServerState
    var output = ByteBuffer()
    var keys: [UInt16: FastCGIRequestKey] = [:]

    init(limits: FastCGILimits = FastCGILimits()) {
        self.state = FastCGIServerState(limits: limits)
    }

    /// Neighbouring pieces of one body are joined, so that it does not matter how they were cut.
    mutating func feed(_ bytes: [UInt8], chunk: Int = .max) -> [Happening] {
        var happenings: [Happening] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            self.state.append(ByteBuffer(bytes: rest.prefix(chunk)))
            rest = rest.dropFirst(chunk)
            while let event = self.state.next(replies: &self.output) {
                let next = self.happening(event)
                if case .body(let id, let text) = next, case .body(id, let before)? = happenings.last {
                    happenings[happenings.count - 1] = .body(id, before + text)
                } else {
                    happenings.append(next)
                }
            }
        }
        return happenings
    }

    private mutating func happening(_ event: FastCGIServerEvent) -> Happening {
        switch event {
        case .request(let key, let parameters, let contentLength):
            self.keys[key.id] = key
            var all: [String: String] = [:]
            parameters.forEach { name, _ in all[name] = parameters[name] }
            return .request(key.id, all, contentLength)
        case .refused(let key, let refusal):
            self.keys[key.id] = key
            return .refused(key.id, refusal)
        case .body(let key, let bytes): return .body(key.id, String(buffer: bytes))
        case .bodyEnd(let key, let end): return .bodyEnd(key.id, end)
        case .aborted(let key): return .aborted(key.id)
        case .failed(let error): return .failed(error)
        }
    }

    /// What was written since last asked, byte for byte.
    mutating func takeOutput() -> [UInt8] {
        defer { self.output = ByteBuffer() }
        return Array(self.output.readableBytesView)
    }
}
