import Foundation
import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// Every refusal that a script's header promises is reached, and changes nothing.
@Suite(.timeLimit(.minutes(1))) struct ScriptContractTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let script: String
        let word: String
        let reach: @Sendable (HotBench) async throws -> Void

        var testDescription: String { "\(script): \(word)" }

        init(_ script: String, _ word: String, _ reach: @escaping @Sendable (HotBench) async throws -> Void) {
            self.script = script
            self.word = word
            self.reach = reach
        }
    }

    static let refusals: [Refusal] =
        creating + appending + touching + updating + deleting + moving + creatingMissions + amending + discarding
        + linking + hydratingMissions

    private static let creating: [Refusal] = [
        Refusal("create", "REUSED") { bench in
            _ = try bench.done(try await bench.store.create(bench.creation(key: HotBench.key())))
            try await bench.refused(.keyReused) {
                try await bench.store.create(bench.creation(key: HotBench.key(body: "c")))
            }
        },
        Refusal("create", "NUMBER") { bench in
            try await bench.refused(.numberUnknown) { try await bench.store.create(bench.creation(name: nil)) }
            try await bench.refused(.numberUnknown) { try await bench.store.create(bench.creation(name: "Session 7")) }
        },
        Refusal("create", "FULL") { bench in
            bench.gate.set(bench.shard, closed: true)
            try await bench.refused(.backlogFull) { try await bench.store.create(bench.creation()) }
        },
        unreconciled("create") { bench in
            { try await bench.store.create(bench.creation(key: HotBench.key())).map { _ in } }
        },
        Refusal("create", "KEYUNKNOWN") { bench in
            try await bench.admit(hasLostKeys: true)
            try await bench.refused(.keyUnknown) { try await bench.store.create(bench.creation(key: HotBench.key())) }
        },
    ]

    private static let appending: [Refusal] =
        session("append") { bench, id, user, condition in
            try await bench.store.append(bench.append(id, user: user, condition: condition, key: HotBench.key())).map {
                _ in
            }
        } + [
            Refusal("append", "REUSED") { bench in
                let id = try await bench.session()
                _ = try bench.done(try await bench.store.append(bench.append(id, key: HotBench.key())))
                try await bench.refused(.keyReused) {
                    try await bench.store.append(bench.append(id, key: HotBench.key(body: "c")))
                }
            },
            Refusal("append", "CHATFULL") { bench in
                var configuration = bench.configuration
                configuration.quotas.messages = 3
                let store = RedisHotStore(redis: bench.redis, configuration: configuration)
                let id = try await bench.session()
                _ = try bench.done(try await store.append(bench.append(id, 2)))
                try await bench.refused(.chatFull) { try await store.append(bench.append(id, 2)) }
                _ = try bench.done(try await store.append(bench.append(id, 1)))
                try await bench.refused(.chatFull) { try await store.append(bench.append(id, 1)) }
            },
            Refusal("append", "KEYUNKNOWN") { bench in
                let id = try await bench.session()
                try await bench.admit(hasLostKeys: true)
                try await bench.refused(.keyUnknown) {
                    try await bench.store.append(bench.append(id, key: HotBench.key()))
                }
            },
        ]

    private static let touching: [Refusal] = session("touch", logs: false, hasCondition: false) { bench, id, user, _ in
        try await bench.store.touch(id, of: user).map { _ in }
    }

    private static let updating: [Refusal] =
        session("update") { bench, id, user, condition in
            try await bench.store.update(bench.update(id, name: "x", condition: condition, user: user)).map { _ in }
        } + [
            Refusal("update", "MISSIONMISS") { bench in
                let id = try await bench.session()
                let foreign = try await bench.mission(bench.neighbour())
                for mission in [bench.newID(), foreign] {
                    try await bench.refused(.missionMiss(mission)) {
                        try await bench.store.update(bench.update(id, mission: .link(mission)))
                    }
                }
            },
            Refusal("update", "NUMBER") { bench in
                let id = try await bench.session()
                try await bench.refused(.numberUnknown) {
                    try await bench.store.update(bench.update(id, name: "Session 3"))
                }
            },
        ]

    private static let deleting: [Refusal] =
        session("delete", hasStatus: false, canBeDue: false) { bench, id, user, condition in
            try await bench.store.delete(SessionDeletion(session: id, userID: user, condition: condition)).map { _ in }
        } + [
            Refusal("delete", "STATUS") { bench in
                let id = try await bench.session(.completed)
                let future = Timestamp(milliseconds: try bench.now() + 60_000)
                try await bench.refused(.status(.completed)) {
                    try await bench.store.delete(
                        SessionDeletion(session: id, userID: bench.user, condition: .any, unchangedSince: future))
                }
            },
            Refusal("delete", "NOTDUE") { bench in
                let id = try await bench.session(.archived)
                let changed = try await bench.newest().change.at
                try await bench.refused(.notDue) {
                    try await bench.store.delete(
                        SessionDeletion(session: id, userID: bench.user, condition: .any, unchangedSince: changed))
                }
            },
        ]

    private static let moving: [Refusal] = ["abandon", "retire"].flatMap { script in
        @Sendable func step(_ bench: HotBench, _ id: SessionID) async throws -> HotReply<LogID> {
            script == "abandon" ? try await bench.store.abandon(id) : try await bench.store.retire(id)
        }
        @Sendable func due(_ bench: HotBench) async throws -> SessionID {
            guard script == "retire" else {
                let id = try await bench.session()
                try bench.makeDue(id)
                return id
            }
            let id = try await bench.session(.abandoned)
            try bench.server.command("ZADD", bench.keys.abandoned, "1", id.description)
            return id
        }
        return [
            Refusal(script, "MISS") { bench in
                try await bench.refused(.miss) { try await step(bench, bench.newID()) }
            },
            Refusal(script, "ABSENT") { bench in
                // Another's by the time that the script runs.
                let id = try await due(bench)
                let reply = try await bench.run(script, moving: id, of: "somebody else")
                #expect(reply == "ABSENT")
            },
            Refusal(script, "NOTDUE") { bench in
                let id = try await bench.session(script == "abandon" ? .active : .abandoned)
                try await bench.refused(.notDue) { try await step(bench, id) }
            },
            Refusal(script, "FULL") { bench in
                let id = try await due(bench)
                bench.gate.set(bench.shard, closed: true)
                try await bench.refused(.backlogFull) { try await step(bench, id) }
            },
            unreconciled(script) { bench in
                let id = try await due(bench)
                return { try await step(bench, id).map { _ in } }
            },
        ]
    }

    /// What every step on a session is refused for.
    static func session(
        _ script: String, logs: Bool = true, hasCondition: Bool = true, hasStatus: Bool = true, canBeDue: Bool = true,
        _ step: @escaping @Sendable (HotBench, SessionID, UserID, VersionCondition) async throws -> HotReply<Void>
    ) -> [Refusal] {
        var refusals = [
            Refusal(script, "MISS") { bench in
                try await bench.refused(.miss) { try await step(bench, bench.newID(), bench.user, .any) }
                // Another's takes the same way as what is not there.
                let id = try await bench.session()
                let neighbour = try bench.neighbour()
                try await bench.refused(.miss) { try await step(bench, id, neighbour, .any) }
            },
            Refusal(script, "ABSENT") { bench in
                let gone = try await bench.session()
                _ = try bench.done(
                    try await bench.store.delete(SessionDeletion(session: gone, userID: bench.user, condition: .any)))
                // To whom it was, the same deletion again is the one that was.
                let who = script == "delete" ? try bench.neighbour() : bench.user
                try await bench.refused(.absent) { try await step(bench, gone, who, .any) }
                // No such shard, and a shard that is not the user's.
                let nowhere = SessionID(high: gone.high, low: gone.low | 0xffff)
                try await bench.refused(.absent) { try await step(bench, nowhere, bench.user, .any) }
            },
        ]
        if canBeDue {
            refusals.append(
                Refusal(script, "DUE") { bench in
                    let id = try await bench.session()
                    try bench.makeDue(id)
                    try await bench.refused(.due) { try await step(bench, id, bench.user, .any) }
                })
        }
        if hasStatus {
            refusals.append(
                Refusal(script, "STATUS") { bench in
                    for status in [SessionStatus.completed, .archived] + (script == "touch" ? [.abandoned] : []) {
                        let id = try await bench.session(status)
                        try await bench.refused(.status(status)) { try await step(bench, id, bench.user, .any) }
                    }
                })
        }
        if hasCondition {
            refusals.append(
                Refusal(script, "VERSION") { bench in
                    let id = try await bench.session()
                    for versions: [Int64] in [[], [2], [0, 11, 21], [-1]] {
                        try await bench.refused(.version(1)) { try await step(bench, id, bench.user, .oneOf(versions)) }
                    }
                })
        }
        guard logs else {
            return refusals + [
                unreconciled(script, logs: false) { bench in
                    let id = try await bench.session()
                    return { try await step(bench, id, bench.user, .any) }
                }
            ]
        }
        return refusals + [
            Refusal(script, "FULL") { bench in
                let id = try await bench.session()
                bench.gate.set(bench.shard, closed: true)
                try await bench.refused(.backlogFull) { try await step(bench, id, bench.user, .any) }
            },
            unreconciled(script) { bench in
                let id = try await bench.session()
                return { try await step(bench, id, bench.user, .any) }
            },
        ]
    }

    /// Every step is refused by a tier that isn't reconciled; and by one whose log alone is gone, if it writes there.
    static func unreconciled(
        _ script: String, logs: Bool = true,
        _ prepare: @escaping @Sendable (HotBench) async throws -> (() async throws -> HotReply<Void>)
    ) -> Refusal {
        Refusal(script, "UNRECONCILED") { bench in
            let step = try await prepare(bench)
            try bench.unreconcile()
            try await bench.unreconciled { try await step() }
            try await bench.admit()
            guard logs else { return }
            try bench.server.command("DEL", bench.keys.log)
            try await bench.unreconciled { try await step() }
        }
    }

    @Test(arguments: refusals, [1, 16]) func aRefusalIsReachedAndChangesNothing(
        _ refusal: Refusal, _ shards: Int
    ) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { try await refusal.reach($0) }
    }

    // MARK: the files

    private static let folder = "\(Repository.root)/Sources/HotTier/Scripts"

    static let files: [String: String] = {
        var files: [String: String] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".lua") {
            files[String(name.dropLast(4))] = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        }
        return files
    }()

    /// The words that a header's `Reply` names.
    private static func replies(_ text: String) -> Set<String> {
        var isReply = false
        var words: Set<String> = []
        for line in text.split(separator: "\n") where line.hasPrefix("-- ") {
            if line.hasPrefix("-- Reply") { isReply = true } else if !line.hasPrefix("--   ") { isReply = false }
            guard isReply, !line.hasPrefix("--       outcome") else { continue }
            for match in line.dropFirst(3).prefix(while: { $0 != ";" }).matches(of: /\b[A-Z]{2,}\b/) {
                words.insert(String(match.0))
            }
        }
        return words
    }

    @Test func everyScriptBeginsWithItsContract() {
        #expect(Self.files.count == 30)
        for (name, text) in Self.files {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            #expect(lines[0] == "#!lua" || lines[0] == "#!lua flags=allow-oom", "\(name): \(lines[0])")
            let header = lines.dropFirst().prefix { $0.hasPrefix("--") }
            for word in ["-- KEYS  1 ", "-- ARGV  ", "-- Reply "] {
                #expect(header.contains { $0.hasPrefix(word) }, "\(name) doesn't say \(word)")
            }
            let logs = text.contains("'NOMKSTREAM'")
            #expect(logs == header.contains { $0.hasPrefix("-- Log   op") }, "\(name): what it logs")
            for line in lines { #expect(line.utf8.count <= 120, "\(name): \(line)") }
        }
    }

    @Test func whatAScriptAnswersIsWhatItsHeaderSays() {
        for (name, text) in Self.files {
            let body = text.split(separator: "\n").filter { !$0.hasPrefix("--") }.joined(separator: "\n")
            var answered = Set(body.matches(of: /return \{'([A-Z]+)'/).map { String($0.1) })
            for match in body.matches(of: /(?:made = |reply, 1, )'([A-Z]+)'/) { answered.insert(String(match.1)) }
            #expect(answered == Self.replies(text), "\(name)")
        }
    }

    /// Only what must run at full memory may.
    @Test func onlyWhatFreesMemoryRunsWithoutAny() {
        let free = Self.files.filter { $0.value.hasPrefix("#!lua flags=allow-oom") }.map(\.key)
        #expect(
            Set(free) == [
                "committed", "settle", "settle_mission", "recorded", "lease", "admit", "close", "disown", "drop",
                "drop_mission", "drop_numbers", "grant", "raise",
            ])
    }

    @Test func nothingIsWrittenBeforeTheLog() {
        for (name, text) in Self.files where text.contains("'NOMKSTREAM'") {
            let body = text.components(separatedBy: "'XADD'")[0]
            for match in body.matches(of: /redis\.call\('([A-Z]+)'/) where name != "abandon" || match.1 != "ZREM" {
                #expect(
                    ["GET", "HMGET", "HGET", "EXISTS", "HEXISTS", "TIME", "XLEN", "ZSCORE"].contains(String(match.1)),
                    "\(name): \(match.1)")
            }
        }
    }

    @Test func everyRefusalOfTheHeadersIsInTheTableAbove() {
        let answers: Set = ["OK", "REPLAYED", "CREATED"]
        for (name, text) in Self.files
        where (text.contains("'NOMKSTREAM'") || ["touch", "hydrate_mission"].contains(name))
            && !["order", "reseal", "reseal_mission"].contains(name)
        {
            let reached = Set(Self.refusals.filter { $0.script == name }.map(\.word))
            #expect(reached == Self.replies(text).subtracting(answers), "\(name)")
        }
    }
}
