import FuzzSupport

@testable import SessionAPI
@testable import SessionModel

/// Forged tokens: nobody is let in but with a token that somebody with the right key has signed.
///
///     byte 0   which keys and rules
///     byte 1   what `Authorization` is made of
///     rest     that
@main enum Fuzz {
    static func main() async throws {
        doors = try await Door.all()
        fuzz { start, count in
            run(Input(start, count))
            return 0
        }
    }
}

/// Set once, before the first input; fuzzing has one thread.
private nonisolated(unsafe) var doors: [Door] = []

/// Seconds since 1970, between what most tokens say and what they could.
private let now = 1_795_427_115.0
private let never = 253_402_300_900.0

private func run(_ input: Input) {
    var input = input
    let door = doors[input.number() % doors.count]
    let authorization: String
    switch input.byte() & 3 {
    case 0: authorization = String(decoding: input.rest, as: UTF8.self)
    case 1: authorization = edited(&input)
    case 2: authorization = signed(&input)
    default: authorization = recombined(&input)
    }
    switch door.verifier.user(of: authorization, now: now) {
    case .refused: check(!door.letsIn.contains(authorization), "an honest token is refused")
    case .remembered: check(door.letsIn.contains(authorization), "remembered, though never seen")
    case .verified(let user):
        check(door.isSigned(authorization, for: user, now: now), "a forged token is let in: \(authorization)")
        check(door.verifier.user(of: authorization, now: now) == .remembered(user), "not remembered")
        check(door.verifier.user(of: authorization, now: never) == .refused, "a token for ever")
        if door.isHonest(authorization) { return }
        door.forget()
    }
}

/// An honest token with some of its bytes changed.
private func edited(_ input: inout Input) -> String {
    var bytes = Array("Bearer \(Fixtures.tokens[input.number() % Fixtures.tokens.count])".utf8)
    while !input.isEmpty {
        let place = (input.number() << 8 | input.number()) % (bytes.count + 1)
        let byte = input.byte()
        switch input.byte() & 3 {
        case 0 where place < bytes.count: bytes[place] = byte
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2: bytes.insert(byte, at: place)
        default: bytes.swapAt(place % max(1, bytes.count), Int(byte) % max(1, bytes.count))
        }
        guard !bytes.isEmpty else { break }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// A header and a payload of any kind, with a code of a secret: the right one, another, or what everybody knows of a key.
private func signed(_ input: inout Input) -> String {
    let secrets = [Fixtures.secret, Fixtures.otherSecret, Array(Fixtures.rsaModulus.utf8), Array(Fixtures.rsaKey.utf8)]
    let secret = secrets[input.number() % secrets.count]
    return "Bearer " + TokenMint.sign(header: input.text(), payload: input.text(), secret: secret)
}

/// The parts of honest tokens, or any bytes, put together anew.
private func recombined(_ input: inout Input) -> String {
    let parts = (0..<3).map { place in
        let choice = input.number()
        guard choice < Fixtures.tokens.count else { return Base64URL.encode(input.text()) }
        return Fixtures.tokens[choice].split(separator: ".").map(String.init)[place]
    }
    return "bearer  " + parts.joined(separator: ".")
}
