import FuzzSupport
import NIOCore

@testable import Redis

/// A hostile Redis for the reply reader, the pipeline and a subscription.
///
///     byte 0   into pieces of how many bytes what arrives is cut, 1 to 63; top bits: small limits of elements, of bytes
///     rest     what happens: commands sent and given up, time, and what arrives, raw or well formed
///
/// It all happens twice, once with what arrives cut into pieces; both must come to the same.
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
    let shape = input.byte()
    var limits = RedisLimits()
    limits.commandsInFlight = 16
    limits.bytesInFlight = 512
    limits.replyElements = shape & 0x80 != 0 ? 8 : 4096
    limits.replyBytes = shape & 0x40 != 0 ? 64 : 1 << 20
    var whole = Connection(limits, piece: .max)
    whole.perform(input)
    var cut = Connection(limits, piece: max(1, Int(shape & 0x3f)))
    cut.perform(input)
    // A reply over the bound of bytes is noticed between two pieces, or not at all if it came in one.
    if limits.replyBytes > 64 { check(whole.trace == cut.trace, "what happens depends on how the bytes are cut") }
}
