import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

@Suite(.timeLimit(.minutes(1))) struct QuotaTests {
    private func withQuotas(
        _ set: (inout QuotaPolicy) -> Void, _ body: (HotBench) async throws -> Void
    ) async throws {
        var options = HotBenchOptions()
        set(&options.quotas)
        try await withHotTier(options, body)
    }

    private static let session = QuotaCost(sessions: 1, bytes: 0)
    private static let nothing = QuotaCost(sessions: 0, bytes: 0)

    @Test func ofManyAtATimeAsManyAreGrantedAsThereAre() async throws {
        try await withQuotas({ $0.sessions = 10 }) { bench in
            let store = bench.store
            #expect(try await store.spend(Self.session, of: bench.user, keyHash: nil, measured: nil) == .unmeasured)
            let replies = try await withThrowingTaskGroup(of: QuotaReply.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await store.spend(
                            Self.session, of: bench.user, keyHash: nil, measured: QuotaCost(sessions: 3, bytes: 0))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.count { $0 == .granted } == 7)
            for case .refused(let quota, let milliseconds) in replies {
                #expect(quota == .sessions && (1...QuotaPolicy.window).contains(milliseconds))
            }
            // Another has a count of his own.
            let other = try #require(UserID("other"))
            let granted = try await store.spend(
                Self.session, of: other, keyHash: nil, measured: QuotaCost(sessions: 9, bytes: 0))
            #expect(granted == .granted)
        }
    }

    @Test func bytesAreCountedAndGivenBack() async throws {
        try await withQuotas({ $0.bytes = 100 }) { bench in
            func spend(_ bytes: Int, measured: Int? = nil) async throws -> QuotaReply {
                try await bench.store.spend(
                    QuotaCost(sessions: 0, bytes: bytes), of: bench.user, keyHash: nil,
                    measured: measured.map { QuotaCost(sessions: 0, bytes: $0) })
            }
            // With nothing to give back to, nothing is made.
            #expect(try await spend(-5) == .granted && bench.exists(bench.keys.usage(bench.user)) == false)
            #expect(try await spend(60, measured: 40) == .granted)
            guard case .refused(.bytes, _) = try await spend(1) else { throw TestingError("over the quota") }
            #expect(try await spend(0) == .granted)
            #expect(try await spend(-60) == .granted)
            #expect(try await spend(60) == .granted)
            #expect(try bench.ttl(bench.keys.usage(bench.user)) > 0)
            // Who has more than the quota when it is set is refused, and what was measured is kept.
            try bench.server.command("DEL", bench.keys.usage(bench.user))
            guard case .refused(.bytes, let wait) = try await spend(1, measured: 500) else {
                throw TestingError("over the quota")
            }
            #expect(wait > 0)
            #expect(try bench.hash(bench.keys.usage(bench.user))["bytes"] == "500")
        }
    }

    @Test func writesAreCountedInAWindow() async throws {
        try await withQuotas({ $0.writesPerMinute = 3 }) { bench in
            func spend() async throws -> QuotaReply {
                try await bench.store.spend(Self.nothing, of: bench.user, keyHash: nil, measured: nil)
            }
            for _ in 0..<3 { #expect(try await spend() == .granted) }
            guard case .refused(.writes, let wait) = try await spend() else { throw TestingError("over the quota") }
            #expect((1...QuotaPolicy.window).contains(wait))
            #expect(try bench.server.command("GET", bench.keys.writes(bench.user)).string == "3")
            try bench.server.command("PEXPIRE", bench.keys.writes(bench.user), "1")
            try await eventually("the next window") { try await spend() == .granted }
        }
    }

    @Test func whatAKeyStandsForCostsNothing() async throws {
        try await withQuotas({
            $0.sessions = 1
            $0.writesPerMinute = 1
        }) { bench in
            let key = HotBench.key()
            func spend() async throws -> QuotaReply {
                try await bench.store.spend(
                    Self.session, of: bench.user, keyHash: key.keyHash, measured: Self.nothing)
            }
            #expect(try await spend() == .granted)
            _ = try bench.done(try await bench.store.create(bench.creation(key: key)))
            for _ in 0..<3 { #expect(try await spend() == .granted) }
            #expect(try bench.hash(bench.keys.usage(bench.user))["sessions"] == "1")
        }
    }

    @Test func aTierThatIsNotReconciledGrantsNothing() async throws {
        try await withQuotas({ $0.sessions = 1 }) { bench in
            try bench.unreconcile()
            try await bench.thrown({ if case .unreconciled = $0 { true } else { false } }) {
                _ = try await bench.store.spend(Self.session, of: bench.user, keyHash: nil, measured: Self.nothing)
            }
            try await bench.admit()
        }
    }
}
