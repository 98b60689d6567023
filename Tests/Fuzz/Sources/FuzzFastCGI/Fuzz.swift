import FastCGI
import FuzzSupport
import NIOCore

/// Hostile bytes for the decoder and the connection machine.
///
///     byte 0   how the stream is cut: pieces of 1 to 127 bytes; top bit: the rest are commands, not raw bytes
///     byte 1   how requests are answered, and small or default limits
///     rest     the stream
///
/// The stream is run whole and in pieces; both must come to the same. A crash or a broken invariant is a finding.
@main enum Fuzz {
    static func main() {
        fuzz { start, count in
            run(Input(start, count))
            return 0
        }
    }
}

private func run(_ input: Input) {
    var input = input
    let (shape, policy) = (input.byte(), input.byte())
    guard !input.isEmpty else { return }
    let stream = shape & 0x80 != 0 ? records(input.rest) : Array(input.rest)
    let piece = max(1, Int(shape & 0x7f))
    var whole = Application(policy)
    whole.receive(stream[...])
    var cut = Application(policy)
    var rest = stream[...]
    while !rest.isEmpty {
        cut.receive(rest.prefix(piece))
        rest = rest.dropFirst(piece)
    }
    whole.finish()
    cut.finish()
    check(whole.trace == cut.trace, "the events depend on how the bytes are cut")
    check(whole.written == cut.written, "the output depends on how the bytes are cut")
    decode(stream, piece)
}

/// Commands to well-framed records, so that the fuzzer gets past the framing: type, id, flags, length, content.
private func records(_ commands: ArraySlice<UInt8>) -> [UInt8] {
    var stream: [UInt8] = []
    var rest = commands
    while let command = rest.popFirst() {
        let type = command & 15
        let id = (command >> 4) & 3
        guard let shape = rest.popFirst() else { break }
        let padding = shape >> 6 == 3 ? shape : shape >> 6
        let content = Array(rest.prefix(Int(shape & 63)))
        rest = rest.dropFirst(content.count)
        let body = type == 1 && command & 0x40 == 0 ? [0, 1, shape & 1, 0, 0, 0, 0, 0] : content
        stream +=
            [1, type, 0, id, 0, UInt8(body.count), padding, 0] + body + Array(repeating: 0xAA, count: Int(padding))
    }
    return stream
}

/// No more than a record is kept, and both sides' decoders survive.
private func decode(_ stream: [UInt8], _ piece: Int) {
    var server = FastCGIRecordDecoder()
    var client = FastCGIClientDecoder()
    var rest = stream[...]
    var isServerDead = false
    var isClientDead = false
    while !rest.isEmpty {
        let bytes = ByteBuffer(bytes: rest.prefix(piece))
        rest = rest.dropFirst(piece)
        if !isServerDead {
            server.append(bytes)
            do {
                while try server.next() != nil {}
                check(server.bufferedBytes < 65_798, "more than a record is kept")
            } catch { isServerDead = true }
        }
        if !isClientDead {
            client.append(bytes)
            do { while try client.next() != nil {} } catch { isClientDead = true }
        }
    }
}
