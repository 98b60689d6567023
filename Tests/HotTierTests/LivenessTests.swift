import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

@Suite(.timeLimit(.minutes(1))) struct LivenessTests {
    @Test(arguments: [1, 16]) func activityMovesTheEndAndIsMarked(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.session()
            let entries = try await bench.entries().count
            let before = try bench.now()
            let touched = try bench.done(try await bench.store.touch(id, of: bench.user))
            #expect(touched.lastActivityAt.milliseconds >= before)
            #expect(touched.abandonsAt == touched.lastActivityAt.adding(milliseconds: bench.abandonAfter))
            let at = Int(touched.lastActivityAt.milliseconds)
            for index in [bench.keys.touched, bench.keys.activity, bench.keys.user(bench.user)] {
                #expect(try bench.score(index, id) == at)
            }
            #expect(try bench.hash(bench.keys.session(id))["last_activity_at"] == "\(at)")
            #expect(
                try bench.server.command("PEXPIRETIME", bench.keys.alive(id)).int
                    == Int(touched.abandonsAt.milliseconds))
            #expect(try await bench.entries().count == entries, "activity is not logged")
            #expect(try await bench.loaded(id).version == 1)
        }
    }

    @Test func readingIsActivityWhereItIsSaidSo() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let before = try bench.dump()
            _ = try bench.done(try await bench.store.load(id, of: bench.user, messages: 5, touching: false))
            #expect(try bench.dump() == before)
            let view = try bench.done(try await bench.store.load(id, of: bench.user, messages: 5, touching: true))
            #expect(try bench.score(bench.keys.touched, id) == Int(view.session.lastActivityAt.milliseconds))
            let archived = try await bench.session(.archived)
            let after = try bench.dump()
            let read = try bench.done(try await bench.store.load(archived, of: bench.user, messages: 5, touching: true))
            #expect(read.session.status == .archived && read.session.abandonsAt == nil)
            #expect(try bench.dump() == after, "a read never changes status")
        }
    }

    @Test(arguments: [false, true]) func aReadOfASessionWhoseTimeIsUpSaysSo(_ touching: Bool) async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            try bench.makeDue(id)
            try await bench.refused(.due) {
                try await bench.store.load(id, of: bench.user, messages: 5, touching: touching)
            }
        }
    }

    /// With real time: nothing but the clock ends it.
    @Test func aSessionIsAbandonedByTheClock() async throws {
        var options = HotBenchOptions()
        options.lifecycle.abandonAfter = 50
        try await withHotTier(options) { bench in
            let id = try await bench.session()
            try await eventually("its time is up") {
                if case .done = try await bench.store.abandon(id) { return true }
                return false
            }
            let (log, change) = try await bench.newest()
            #expect(change.status == .abandoned && change.abandonedAt == change.at)
            #expect(change.at.milliseconds - change.lastActivityAt.milliseconds >= 50)
            let session = try await bench.loaded(id)
            #expect(session.status == .abandoned && session.abandonedAt == change.at && session.logID == log)
            try bench.expectIndexes(id, .abandoned)
        }
    }

    @Test(arguments: [1, 16]) func of50AtOnceOneAbandons(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.session()
            try bench.makeDue(id)
            let entries = try await bench.entries().count
            let done = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        if case .done = try await bench.store.abandon(id) { return true }
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(done == 1)
            #expect(try await bench.entries().count == entries + 1)
            try bench.expectIndexes(id, .abandoned)
        }
    }

    /// Neither the key alone nor the time alone ends a session.
    @Test func keyAndTimeMustAgree() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            try bench.server.command("DEL", bench.keys.alive(id))
            try await bench.refused(.notDue) { try await bench.store.abandon(id) }
            #expect(try await bench.loaded(id).abandonsAt != nil)
            try bench.makeDue(id)
            try bench.server.command("SET", bench.keys.alive(id), "", "PX", "60000")
            try await bench.refused(.notDue) { try await bench.store.abandon(id) }
            _ = try bench.done(try await bench.store.touch(id, of: bench.user))
        }
    }

    @Test func aMemberOfTheIndexWithoutASessionIsTakenOut() async throws {
        try await withHotTier { bench in
            let id: SessionID = bench.newID()
            try bench.server.command("ZADD", bench.keys.activity, "1", id.description)
            guard case .refused(.miss) = try await bench.store.abandon(id) else { throw TestingError("no miss") }
            #expect(try bench.score(bench.keys.activity, id) == nil)
        }
    }

    @Test func activityBringsAnAbandonedSessionBackWhole() async throws {
        try await withHotTier { bench in
            let id = try await bench.session(.abandoned)
            try await bench.flush([bench.settled(id, .abandoned)])
            #expect(try bench.ttl(bench.keys.session(id)) > 0)
            let made = try bench.done(try await bench.store.append(bench.append(id)))
            try bench.expectIndexes(id, .active)
            #expect(try bench.ttl(bench.keys.messages(id)) == -1)
            #expect(try await bench.newest().change.status == .active)
            #expect(try await bench.loaded(id).version == made.version)
        }
    }

    @Test(arguments: [1, 16]) func anAbandonedSessionIsArchivedWhenItIsTime(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.session(.abandoned)
            _ = try await bench.flush([bench.settled(id, .abandoned)])
            try await bench.refused(.notDue) { try await bench.store.retire(id) }
            let long = try bench.now() - bench.configuration.lifecycle.archiveAfter
            try bench.server.command("ZADD", bench.keys.abandoned, "\(long)", id.description)
            #expect(try await bench.store.overdueAbandoned(bench.shard, offset: 0, limit: 9) == [id])
            let log = try bench.done(try await bench.store.retire(id))
            try await bench.refused(.notDue) { try await bench.store.retire(id) }
            let (newest, change) = try await bench.newest()
            #expect(newest == log && change.status == .archived && change.abandonedAt == nil)
            try bench.expectIndexes(id, .archived)
            #expect(try await bench.loaded(id).abandonedAt == nil)
        }
    }

    @Test func theIndexesAreReadFromTheirFrontInPages() async throws {
        try await withHotTier { bench in
            var due: [SessionID] = []
            for number in 0..<5 {
                let id = try await bench.session()
                try bench.makeDue(id)
                try bench.server.command("ZADD", bench.keys.activity, "\(number)", id.description)
                due.append(id)
            }
            _ = try await bench.session()
            #expect(try await bench.store.overdueActive(bench.shard, offset: 0, limit: 3) == Array(due.prefix(3)))
            #expect(try await bench.store.overdueActive(bench.shard, offset: 3, limit: 3) == Array(due.suffix(2)))
            #expect(try await bench.store.overdueActive(bench.shard, offset: 5, limit: 3).isEmpty)
        }
    }

    @Test func onlyALivenessKeyNamesASession() throws {
        let id = SessionID(high: 0x0196_f3c2_aaaa_7bbb, low: 0x8ccc_0000_0000_0003)
        let key: String = Keys(prefix: "sd", shard: Shard(number: 3)).alive(id)
        #expect(Keys.session(ofAlive: key, prefix: "sd") == id)
        for other in [
            key + "0", "x" + key, "sd:{4}:alive:\(id)", "sd:{3}:session:\(id)", "sd:{3}:alive:", "sd:{03}:alive:\(id)",
            "",
            "sd:{3}:alive:\(id.description.uppercased())", "sd:{3}:alive:x:alive:\(id)",
        ] { #expect(Keys.session(ofAlive: other, prefix: "sd") == nil) }
        #expect(Keys.session(ofAlive: key, prefix: "other") == nil)
    }

    @Test(arguments: [1, 16]) func theCensusCountsWhoIsDueAndKnowsWhoAgreed(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let ids = [try await bench.session(), try await bench.session(), try await bench.session()]
            for id in ids.dropFirst() { try bench.makeDue(id) }
            _ = try await bench.session(.completed)
            func census() async throws -> SweepCensus {
                try await bench.store.census(of: bench.shard, at: Timestamp(milliseconds: try bench.now()))
            }
            #expect(try await census() == SweepCensus(active: 3, due: 2))
            let before = try bench.now()
            try await bench.store.agreeToSweep(of: bench.shard)
            let agreed = try #require(try await census().agreedAt)
            #expect((before...(try bench.now())).contains(agreed.milliseconds))
            #expect(try await census().due == 2, "it is the sweep that acts")
        }
    }
}
