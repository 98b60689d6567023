import Glibc
import SessionTesting

/// kill -9 of sessiond.
struct KillService: CrashFault {
    let name = "kill-sessiond"

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        site.stack.service.kill()
        try await generator.pause(milliseconds: 0...200)
        let ended = site.faultEnds()
        try await site.stack.service.start(until: .listening)
        return Strike(ended: ended)
    }
}

/// kill -9 of Redis.
struct KillRedis: CrashFault {
    let name = "kill-redis"

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let struck = ContinuousClock.now
        site.stack.redis.kill()
        let committed = try DurableTier(site).cursors()
        try await generator.pause(milliseconds: 0...300)
        let ended = site.faultEnds()
        try await site.stack.redis.start()
        return Strike(ended: ended, loss: .everysec(before: struck, until: ended, committed))
    }
}

/// kill -9 of both, and back in either order.
struct KillBoth: CrashFault {
    let name = "kill-both"

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let struck = ContinuousClock.now
        let isRedisFirst = Bool.random(using: &generator)
        if isRedisFirst { site.stack.redis.kill() }
        site.stack.service.kill()
        if !isRedisFirst { site.stack.redis.kill() }
        let committed = try DurableTier(site).cursors()
        try await generator.pause(milliseconds: 0...300)
        let ended = site.faultEnds()
        let isRedisBackFirst = Bool.random(using: &generator)
        if isRedisBackFirst { try await site.stack.redis.start() }
        try await site.stack.service.start(until: .listening)
        if !isRedisBackFirst {
            try await generator.pause(milliseconds: 0...300)
            try await site.stack.redis.start()
        }
        return Strike(ended: ended, loss: .everysec(before: struck, until: ended, committed))
    }
}

/// SIGTERM of sessiond, which must drain and exit with 0.
struct TerminateService: CrashFault {
    let name = "terminate-sessiond"

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let ending = try await site.stack.service.stop()
        guard ending == .exited(code: 0) else { throw TestingError("SIGTERM ended it with \(ending)") }
        let ended = site.faultEnds()
        try await site.stack.service.start(until: .listening)
        return Strike(ended: ended)
    }
}

/// kill -9 of the instance that flushes; the other goes on, and the first comes back later.
struct KillFlusherOfTwo: CrashFault {
    let name = "kill-flusher-of-two"
    let setup = Setup.pair

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let service = try await site.flusher()
        let ended = site.faultEnds()
        service.kill()
        try await generator.pause(milliseconds: 100...1500)
        try await service.start(until: .listening)
        return Strike(ended: ended)
    }
}

/// SIGSTOP of the instance that flushes, for longer than its lease.
struct StopFlusher: CrashFault {
    let name = "stop-flusher"
    let setup = Setup.pair

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let service = try await site.flusher()
        service.pause()
        try await generator.pause(milliseconds: 1200...2500)
        let ended = site.faultEnds()
        service.resume()
        return Strike(ended: ended)
    }
}

/// SIGSTOP of Redis: connections stay, nothing is answered.
struct StopRedis: CrashFault {
    let name = "stop-redis"

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        site.stack.redis.pause()
        try await Task.sleep(for: .seconds(3))
        let ended = site.faultEnds()
        site.stack.redis.resume()
        return Strike(ended: ended)
    }
}

/// sessiond is killed while it recovers from another fault.
struct KilledWhileRecovering: CrashFault {
    let first: any CrashFault

    var name: String { "\(first.name)+kill" }
    var setup: Setup { first.setup }

    func obstacle() -> String? { first.obstacle() }

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let strike = try await first.strike(site, &generator)
        try await generator.pause(milliseconds: 0...300)
        site.stack.service.kill()
        let ended = site.faultEnds()
        try await site.stack.service.start(until: .listening)
        return Strike(ended: ended, loss: strike.loss)
    }
}

extension Site {
    /// The process that has the lease of shard 0. As it is worded there: `<host>:<process id>:<space> until <ms>`.
    func flusherID() throws -> pid_t? {
        let owner = try stack.redis.command("HGET", "sd:{0}:flush", "owner").string ?? ""
        let words = owner.split(separator: " ").first?.split(separator: ":") ?? []
        return words.dropLast().last.flatMap { pid_t($0) }
    }

    func flusher() async throws -> SessiondProcess {
        var found: SessiondProcess?
        try await eventually("somebody having the lease", within: .seconds(5)) {
            let pid = try flusherID()
            found = stack.services.first { $0.pid == pid && $0.isRunning }
            return found != nil
        }
        guard let found else { throw TestingError("nobody has the lease") }
        return found
    }
}
