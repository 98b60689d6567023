import Synchronization

/// What each part that the service depends on last said of itself. For `/health/ready` and for people.
public final class Readiness: Sendable {
    public struct Report: Sendable, Equatable {
        public var dependency: String
        public var isReady: Bool
        public var detail: String
        /// What an operator should look at, though requests are served.
        public var warning: String?
    }

    /// Looks how a dependency is right now; from any thread, without waiting.
    public typealias Look = @Sendable () -> (isReady: Bool, detail: String)

    private let reports: Mutex<[String: Report]>
    private let looks: [String: Look]

    /// - Parameters:
    ///   - dependencies: those that must have reported before the service is ready.
    ///   - looks: for those that don't report, but can be looked at.
    public init(waitingFor dependencies: [String], lookingAt looks: [String: Look] = [:]) {
        self.looks = looks
        reports = Mutex(
            Dictionary(
                uniqueKeysWithValues: Set(dependencies).map {
                    ($0, Report(dependency: $0, isReady: false, detail: "not heard of yet"))
                }))
    }

    /// `detail` is shown to whoever may see the health page: no secrets, no paths.
    public func set(_ dependency: String, isReady: Bool, _ detail: String) {
        reports.withLock { reports in
            let warning = reports[dependency]?.warning
            reports[dependency] = Report(
                dependency: dependency, isReady: isReady, detail: detail, warning: warning)
        }
    }

    /// Nil takes the warning back.
    public func warn(_ dependency: String, _ warning: String?) {
        reports.withLock { $0[dependency]?.warning = warning }
    }

    /// By name.
    public func report() -> [Report] {
        let looked = looks.map { name, look in
            let (isReady, detail) = look()
            return Report(dependency: name, isReady: isReady, detail: detail)
        }
        return (reports.withLock { Array($0.values) } + looked).sorted { $0.dependency < $1.dependency }
    }

    public var isReady: Bool { report().allSatisfy(\.isReady) }
}
