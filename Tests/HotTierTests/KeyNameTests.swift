import SessionModel
import Testing

@testable import HotTier

@Suite struct KeyNameTests {
    @Test func everyKeyOfTheKeyspaceHasAKind() throws {
        let user = try #require(UserID("a:b{1}:c"))
        let session = try #require(SessionID("01234567-89ab-7cde-8f01-234567890003"))
        let mission = MissionID(high: session.high, low: session.low)
        let keys = Keys(prefix: "sd", shard: Shard(number: 3))
        let expected: [(String, String, Bool)] = [
            (keys.session(session), "session", true), (keys.messages(session), "messages", true),
            (keys.alive(session), "alive", true), (keys.gone(session), "gone", true),
            (keys.mission(mission), "mission", true), (keys.user(user), "user", true),
            (keys.missions(user), "missions", true), (keys.activity, "activity", false),
            (keys.abandoned, "abandoned", false), (keys.touched, "touched", false), (keys.log, "log", false),
            (keys.flush, "flush", false), (keys.numbers(user), "numbers", true),
            (keys.idempotency(user, "h"), "idem", true), (keys.manifest, "manifest", false),
        ]
        for (key, kind, hasRest) in expected {
            let name = try #require(KeyName(key, prefix: "sd"))
            #expect(name.shard.number == 3 && name.kind == kind && (name.rest != nil) == hasRest)
        }
    }

    @Test(arguments: [
        "", "sd", "sd:{0}", "sd:{0}:", "sd:{x}:log", "sd:{00}:log", "sd:{-1}:log", "sd:{65536}:log", "sd:{0}:Log",
        "sd:{0}:\u{1b}[2J", "sd:{0}:abcdefghijklmnopq", "sdx:{0}:log", "x:sd:{0}:log", "sd:0:log", "sd:{0:log",
        "sd:{}:log",
    ])
    func whatIsNoneOfOursHasNone(key: String) {
        #expect(KeyName(key, prefix: "sd") == nil)
    }
}
