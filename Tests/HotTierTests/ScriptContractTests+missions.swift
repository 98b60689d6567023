import SessionCore
import SessionModel
import Testing

@testable import HotTier

extension ScriptContractTests {
    static let creatingMissions: [Refusal] =
        session("mission", hasCondition: false) { bench, id, user, _ in
            try await bench.store.create(bench.newMission(user, in: id, key: HotBench.key())).map { _ in }
        } + [
            Refusal("mission", "REUSED") { bench in
                _ = try bench.done(try await bench.store.create(bench.newMission(key: HotBench.key())))
                try await bench.refused(.keyReused) {
                    try await bench.store.create(bench.newMission(key: HotBench.key(body: "c")))
                }
            },
            Refusal("mission", "KEYUNKNOWN") { bench in
                try await bench.admit(hasLostKeys: true)
                try await bench.refused(.keyUnknown) {
                    try await bench.store.create(bench.newMission(key: HotBench.key()))
                }
            },
        ]
        + unlinking("mission") { bench, id, _, linked in
            try await bench.store.create(bench.newMission(in: id, linked: linked, key: HotBench.key())).map { _ in }
        }

    static let amending: [Refusal] =
        [
            Refusal("amend", "REUSED") { bench in
                let id = try await bench.mission()
                _ = try bench.done(try await bench.store.amend(bench.amendment(id, key: HotBench.key())))
                try await bench.refused(.keyReused) {
                    try await bench.store.amend(bench.amendment(id, upon: 2, key: HotBench.key(body: "c")))
                }
            },
            Refusal("amend", "MISS") { bench in
                let foreign = try await bench.mission(bench.neighbour())
                for id in [bench.newID(), foreign] {
                    try await bench.refused(.miss) {
                        try await bench.store.amend(bench.amendment(id, key: HotBench.key()))
                    }
                }
            },
            Refusal("amend", "ABSENT") { bench in
                let gone = try await bench.mission()
                _ = try bench.done(try await bench.store.discard(bench.deletion(gone)))
                for id in [gone, MissionID(high: gone.high, low: gone.low | 0xffff)] {
                    try await bench.refused(.absent) {
                        try await bench.store.amend(bench.amendment(id, key: HotBench.key()))
                    }
                }
            },
            Refusal("amend", "VERSION") { bench in
                let id = try await bench.mission()
                for version: Int64 in [0, 2, 11, -1] {
                    try await bench.refused(.version(1)) {
                        try await bench.store.amend(bench.amendment(id, upon: version, key: HotBench.key()))
                    }
                }
            },
        ]
        + logging("amend") { bench in
            let id = try await bench.mission()
            return { try await bench.store.amend(bench.amendment(id, key: HotBench.key())).map { _ in } }
        }
        + [
            Refusal("amend", "KEYUNKNOWN") { bench in
                let id = try await bench.mission()
                try await bench.admit(hasLostKeys: true)
                try await bench.refused(.keyUnknown) {
                    try await bench.store.amend(bench.amendment(id, key: HotBench.key()))
                }
                // What looks before it is told so too: else it might refuse a repeat for what its first time did.
                var asked = HotBench.key()
                for isNew in [false, true] {
                    asked.isNew = isNew
                    let look = try await bench.store.look(at: id, of: bench.user, idempotency: asked)
                    #expect(try bench.done(look).isKeyUnknown == !isNew)
                    let prepared = try await bench.store.prepare(for: bench.user, idempotency: asked)
                    #expect(try bench.done(prepared).isKeyUnknown == !isNew)
                }
            }
        ]

    static let discarding: [Refusal] =
        [
            Refusal("discard", "ABSENT") { bench in
                let gone = try await bench.mission()
                _ = try bench.done(try await bench.store.discard(bench.deletion(gone)))
                var foreign = bench.deletion(gone)
                foreign.userID = try bench.neighbour()
                try await bench.refused(.absent) { [foreign] in try await bench.store.discard(foreign) }
                let nowhere = MissionID(high: gone.high, low: gone.low | 0xffff)
                try await bench.refused(.absent) { try await bench.store.discard(bench.deletion(nowhere)) }
            },
            Refusal("discard", "MISSIONMISS") { bench in
                let foreign = try await bench.mission(bench.neighbour())
                for id in [bench.newID(), foreign] {
                    try await bench.refused(.missionMiss(id)) { try await bench.store.discard(bench.deletion(id)) }
                }
            },
            Refusal("discard", "LINKMOVED") { bench in
                let session = try await bench.session(), other = try await bench.session()
                let linked = try await bench.mission(in: session), alone = try await bench.mission()
                for (id, known) in [(linked, nil), (linked, other), (alone, session)] {
                    try await bench.refused(.linkMoved) { try await bench.store.discard(bench.deletion(id, in: known)) }
                }
            },
            Refusal("discard", "MISS") { bench in
                let session = try await bench.session()
                let id = try await bench.mission(in: session)
                try bench.server.command("DEL", bench.keys.session(session))
                try await bench.refused(.miss) { try await bench.store.discard(bench.deletion(id, in: session)) }
            },
            Refusal("discard", "VERSION") { bench in
                let id = try await bench.mission()
                for versions: [Int64] in [[], [2], [0, 11, 21], [-1]] {
                    try await bench.refused(.version(1)) {
                        try await bench.store.discard(bench.deletion(id, condition: .oneOf(versions)))
                    }
                }
            },
        ]
        + logging("discard") { bench in
            let session = try await bench.session()
            let id = try await bench.mission(in: session)
            return { try await bench.store.discard(bench.deletion(id, in: session)).map { _ in } }
        }

    static let linking: [Refusal] =
        [
            Refusal("update", "TAKEN") { bench in
                let owner = try await bench.session(), other = try await bench.session()
                let mission = try await bench.mission(in: owner)
                try await bench.refused(.missionTaken) {
                    try await bench.store.update(bench.update(other, mission: .link(mission)))
                }
            }
        ]
        + unlinking("update") { bench, id, _, linked in
            try await bench.store.update(bench.update(id, mission: .unlink, linked: linked)).map { _ in }
        }
        + unlinking("update") { bench, id, another, linked in
            try await bench.store.update(bench.update(id, mission: .link(another), linked: linked)).map { _ in }
        }
        + unlinking("delete") { bench, id, _, linked in
            try await bench.store.delete(bench.deletion(id, linked: linked)).map { _ in }
        }

    static let hydratingMissions: [Refusal] = [
        hydrating("PRESENT", .present) { bench in
            let cold = try await bench.coldMission()
            _ = try await bench.hydrate(cold)
            return cold
        },
        hydrating("DELETED", .deleted) { bench in
            let id = try await bench.mission()
            _ = try bench.done(try await bench.store.discard(bench.deletion(id)))
            return try await bench.coldMission(id)
        },
        hydrating("STALE", .stale, age: LifecyclePolicy.oldestHydration + 1) { try await $0.coldMission() },
        Refusal("hydrate_mission", "UNRECONCILED") { bench in
            let cold = try await bench.coldMission()
            try bench.unreconcile()
            try await bench.thrown({ if case .unreconciled = $0 { true } else { false } }) {
                _ = try await bench.hydrate(cold)
            }
        },
    ]

    private static func hydrating(
        _ word: String, _ outcome: Hydration, age: Int64 = 0,
        _ prepare: @escaping @Sendable (HotBench) async throws -> DurableMission
    ) -> Refusal {
        Refusal("hydrate_mission", word) { bench in
            let cold = try await prepare(bench)
            let before = try bench.dump()
            #expect(try await bench.hydrate(cold, age: age) == outcome)
            #expect(try bench.dump() == before)
        }
    }

    /// What every step is refused for that takes a session's mission away from it. The step is given the session, a
    /// mission that is nobody's, and what is known of the link.
    private static func unlinking(
        _ script: String,
        _ step: @escaping @Sendable (HotBench, SessionID, MissionID, KnownLink?) async throws -> HotReply<Void>
    ) -> [Refusal] {
        [
            Refusal(script, "LINKED") { bench in
                let id = try await bench.session()
                let mission = try await bench.mission(in: id), other = try await bench.mission()
                for known in [nil, KnownLink(mission: other), KnownLink(mission: other, isLost: true)] {
                    try await bench.refused(.linked(mission)) { try await step(bench, id, other, known) }
                }
            },
            Refusal(script, "MISSIONMISS") { bench in
                let id = try await bench.session()
                let mission = try await bench.mission(in: id), other = try await bench.mission()
                try bench.server.command("DEL", bench.keys.mission(mission))
                try await bench.refused(.missionMiss(mission)) {
                    try await step(bench, id, other, KnownLink(mission: mission))
                }
            },
        ]
    }

    /// What every step is refused for that writes to the log.
    private static func logging(
        _ script: String,
        _ prepare: @escaping @Sendable (HotBench) async throws -> (() async throws -> HotReply<Void>)
    ) -> [Refusal] {
        [
            Refusal(script, "FULL") { bench in
                let step = try await prepare(bench)
                bench.gate.set(bench.shard, closed: true)
                try await bench.refused(.backlogFull) { try await step() }
            },
            unreconciled(script, prepare),
        ]
    }
}
