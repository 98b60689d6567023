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

    private let reports: Mutex<[String: Report]>

    /// - Parameter dependencies: those that must have reported before the service is ready.
    public init(waitingFor dependencies: [String]) {
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
        reports.withLock { $0.values.sorted { $0.dependency < $1.dependency } }
    }

    public var isReady: Bool { report().allSatisfy(\.isReady) }
}
