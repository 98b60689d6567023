import FoundationEssentials
import Glibc
import SessionCore
import SessionTesting

/// sessiond dies, as by kill -9, just where it is told to: see ``FailPoint``.
struct FailPointFault: CrashFault {
    static let variable = "SESSIOND_FAIL_POINT"
    static let all: [any CrashFault] = FailPoint.allCases.map { FailPointFault(point: $0) }

    let point: FailPoint
    var name: String { "die-\(point.rawValue)" }

    /// In a release build nothing dies there.
    func obstacle() -> String? {
        guard let path = try? Repository.product("sessiond"),
            let program = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe),
            program.firstRange(of: Array(Self.variable.utf8)) != nil
        else { return "this sessiond was built without fail points: a debug build has them" }
        return nil
    }

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let service = site.stack.service
        service.kill()
        let passing = Int.random(in: 1...(point == .scriptReplied ? 200 : 12), using: &generator)
        let environment = [Self.variable: "\(point.rawValue):\(passing)"]
        do { try await service.start(until: .listening, environment: environment) } catch {
            // It may have died before it listened.
            guard service.ending == .killed(signal: SIGKILL) else { throw error }
        }
        try await eventually("passing \(point.rawValue) for the \(passing)th time", within: .seconds(15)) {
            !service.isRunning
        }
        guard service.ending == .killed(signal: SIGKILL) else { throw TestingError("sessiond ended otherwise") }
        let ended = ContinuousClock.now
        try await service.start(until: .listening)
        return Strike(ended: ended)
    }
}
