import FoundationEssentials
import Glibc
import SessionCore
import SessionTesting

/// sessiond dies, as by kill -9, just where it is told to: see ``FailPoint``.
struct DieAtFailPoint: CrashFault {
    static let all: [any CrashFault] = FailPoint.allCases.map { DieAtFailPoint(point: $0) }

    let point: FailPoint
    var name: String { "die-\(point.rawValue)" }

    func obstacle() -> String? { point.obstacle }

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let service = site.stack.service
        service.kill()
        do {
            try await service.start(until: .listening, environment: point.armed(using: &generator))
        } catch {
            // It may have died before it listened.
            guard service.ending == .killed(signal: SIGKILL) else { throw error }
        }
        try await eventually("the end at \(point.rawValue)", within: FailPoint.arrivalLimit) { !service.isRunning }
        guard service.ending == .killed(signal: SIGKILL) else { throw TestingError("sessiond ended otherwise") }
        let ended = site.faultEnds()
        try await service.start(until: .listening)
        return Strike(ended: ended)
    }
}

/// Both of two flushers are stopped in turn, as by SIGSTOP, past their leases: the first at a random moment, the second
/// just where it is told to. Each finds, when it goes on, that the other has flushed meanwhile.
struct StopAtFailPoint: CrashFault {
    static let all: [any CrashFault] = [FailPoint.afterRead, .inTransaction, .afterCommit, .beforeTrim].map {
        StopAtFailPoint(point: $0)
    }

    let point: FailPoint
    let setup = Setup.pair
    var name: String { "stop-\(point.rawValue)" }

    func obstacle() -> String? { point.obstacle }

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let first = try await site.flusher()
        guard let second = site.stack.services.first(where: { $0 !== first }) else {
            throw TestingError("there is one instance only")
        }
        second.kill()
        try await second.start(until: .listening, environment: point.stopping)
        do { try await pause(first, until: second, of: site) } catch {
            // It would stop later, when nobody is there to resume it.
            second.kill()
            throw error
        }
        first.resume()
        try await eventually("the lease of the first", within: .seconds(10)) { try site.flusherID() == first.pid }
        // So that it has flushed again, in some rounds.
        try await generator.pause(milliseconds: 0...300)
        let ended = site.faultEnds()
        second.resume()
        return Strike(ended: ended)
    }

    /// Stops the first past its lease, until the second, which has that then, has stopped by itself. Stopped in
    /// mid-transaction, the first keeps the second from writing: then it goes on, until it learns that its lease is gone.
    /// Should it be faster and get the lease again, it is stopped again.
    private func pause(_ first: SessiondProcess, until second: SessiondProcess, of site: Site) async throws {
        for _ in 0..<5 {
            first.pause()
            do {
                return try await eventually("the stop", within: .seconds(3)) { second.isStopped }
            } catch is NeverHappened { first.resume() }
            try await eventually("the stop at \(point.rawValue), or a lease", within: FailPoint.arrivalLimit) {
                try second.isStopped || site.flusherID() == first.pid
            }
            if second.isStopped { return }
        }
        throw TestingError("the second did not come to \(point.rawValue)")
    }
}

extension FailPoint {
    private static let variable = "SESSIOND_FAIL_POINT"
    /// How long it may take until a process comes to where it ends or stops. That can be twelve batches away, and a disk
    /// under load needs seconds for one.
    fileprivate static let arrivalLimit: Duration = .seconds(60)

    /// In a release build nothing happens there.
    fileprivate var obstacle: String? {
        guard let path = try? Repository.product("sessiond"),
            let program = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe),
            program.firstRange(of: Array(Self.variable.utf8)) != nil
        else { return "this sessiond was built without fail points; a debug build has them" }
        return nil
    }

    /// What to start sessiond with, that it dies there.
    fileprivate func armed(using generator: inout SeededGenerator) -> [String: String] {
        let passing = Int.random(in: 1...(self == .scriptReplied ? 200 : 12), using: &generator)
        return [Self.variable: "\(rawValue):\(passing)"]
    }

    /// That it stops there, with the first batch: more may not come, when the clients wait for an instance that is stopped.
    fileprivate var stopping: [String: String] { [Self.variable: "\(rawValue):1:stop"] }
}

extension SessiondProcess {
    /// As the kernel says it: by SIGSTOP.
    fileprivate var isStopped: Bool {
        guard let pid, let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let state = line.split(separator: ")").last?.split(separator: " ").first
        else { return false }
        return state == "T"
    }
}
