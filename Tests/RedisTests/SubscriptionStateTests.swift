import NIOCore
import Testing

@testable import Redis

@Suite struct SubscriptionStateTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000)

    private func told(_ text: String, _ state: inout SubscriptionState) throws -> String {
        var reader = try ReplyReader(limits: .init())
        var said: [String] = []
        try Array(text.utf8).withUnsafeBytes { bytes throws in
            try reader.read(bytes) { reply in
                switch state.reply(reply, now: start) {
                case .none: said.append("none")
                case .close: said.append("close")
                case .deliver(.connected): said.append("connected")
                case .deliver(.subscribed(let name)): said.append("subscribed \(name)")
                case .deliver(.message(let message)):
                    said.append("\(message.pattern ?? "-") \(message.channel ?? "?") \(message.payload.string ?? "?")")
                case .deliver(.disconnected), .deliver(.dropped): said.append("?")
                }
            }
        }
        return said.joined(separator: "; ")
    }

    private func confirmation(_ kind: String, _ name: String) -> String {
        "*3\r\n$\(kind.utf8.count)\r\n\(kind)\r\n$\(name.utf8.count)\r\n\(name)\r\n:1\r\n"
    }

    @Test func itIsConnectedWhenEverythingWantedIsConfirmed() throws {
        var state = SubscriptionState(
            limits: .init(), wanted: .init(channels: ["a", "b"], patterns: ["c*"]), now: start)
        #expect(try told(confirmation("subscribe", "a"), &state) == "none")
        #expect(try told("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n", &state) == "- a hi")
        #expect(try told(confirmation("subscribe", "b"), &state) == "none")
        #expect(!state.isLive)
        #expect(try told(confirmation("psubscribe", "c*"), &state) == "connected")
        #expect(state.isLive)
        #expect(try told(confirmation("psubscribe", "e"), &state) == "subscribed e")
        #expect(try told("*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$2\r\nc1\r\n$2\r\nyo\r\n", &state) == "c* c1 yo")
        #expect(
            try told(confirmation("unsubscribe", "a") + "*2\r\n$4\r\npong\r\n$0\r\n\r\n+PONG\r\n", &state)
                == "none; none; none")
    }

    @Test func wantingNothingItIsConnectedAtOnce() throws {
        var state = SubscriptionState(limits: .init(), wanted: .init(), now: start)
        #expect(state.isLive)
        #expect(try told(confirmation("subscribe", "a"), &state) == "subscribed a")
    }

    @Test func namesAreSubscribedToByKind() {
        let names = RedisSubscriptionNames(channels: ["b", "a"], patterns: ["c*"])
        #expect(names.subscribing.map(\.count) == [3, 2])
        #expect(names.unsubscribing.map(\.count) == [3, 2])
        #expect(RedisSubscriptionNames().subscribing.isEmpty)
    }

    @Test(arguments: ["-NOPERM no\r\n", ":1\r\n", "*1\r\n:1\r\n", "*0\r\n", "*2\r\n$7\r\nmessage\r\n:1\r\n"])
    func aReplyOfUnforeseenShapeIsTheEnd(reply: String) throws {
        var state = SubscriptionState(limits: .init(), wanted: .init(), now: start)
        #expect(try told(reply, &state) == "close")
    }

    @Test func silenceIsPingedOnceAndThenTheEnd() throws {
        var limits = RedisLimits()
        limits.silence = .seconds(10)
        var state = SubscriptionState(limits: limits, wanted: .init(), now: start)
        guard case .fine(start + .seconds(10)) = state.check(now: start + .seconds(9)) else {
            return #expect(Bool(false), "too early")
        }
        guard case .ping(start + .seconds(20)) = state.check(now: start + .seconds(10)) else {
            return #expect(Bool(false), "not pinged")
        }
        guard case .dead = state.check(now: start + .seconds(20)) else { return #expect(Bool(false), "not dead") }
        _ = try told("+PONG\r\n", &state)
        guard case .ping = state.check(now: start + .seconds(20)) else {
            return #expect(Bool(false), "dead though heard")
        }
    }
}
