import FoundationEssentials

/// A run's outcome: what the table, the JSON and the page are made of.
package struct LoadReport: Codable, Sendable {
    package struct Settings: Codable, Sendable {
        package var target: String
        package var workload: String
        package var description: String
        /// `open` at a rate, `closed` with so many connections, `people`, `storm`.
        package var mode: String
        package var rate: Double?
        package var connections: Int
        package var multiplex: Int
        package var seed: UInt64
        package var warmUpSeconds: Double
        package var durationSeconds: Double
        package var users: Int
        package var sessions: Int
        package var messages: Int
        /// Shares in percent.
        package var shares: [String: Double]
        package var startedAt: String
        package var processors: Int

        package init(
            target: String, workload: Workload, mode: String, rate: Double?, connections: Int, multiplex: Int,
            seed: UInt64, warmUpSeconds: Double, durationSeconds: Double, startedAt: Date, processors: Int
        ) {
            self.target = target
            self.workload = workload.name
            description = workload.description
            self.mode = mode
            self.rate = rate
            self.connections = connections
            self.multiplex = multiplex
            self.seed = seed
            self.warmUpSeconds = warmUpSeconds
            self.durationSeconds = durationSeconds
            users = workload.users
            sessions = workload.users * workload.sessions
            messages = workload.messages
            shares = Dictionary(uniqueKeysWithValues: workload.operations.map { ($0.key.rawValue, $0.value) })
            self.startedAt = startedAt.formatted(.iso8601)
            self.processors = processors
        }
    }

    package struct Row: Codable, Sendable {
        package var operation: String
        package var perSecond: Double
        package var latency: LatencyFigures

        package init(operation: String, perSecond: Double, latency: LatencyFigures) {
            (self.operation, self.perSecond, self.latency) = (operation, perSecond, latency)
        }
    }

    /// A second of the window.
    package struct Moment: Codable, Sendable {
        /// Seconds since the window's start, at its end.
        package var second: Double
        package var perSecond: Double
        package var errors: Int
        package var p50: Int
        package var p99: Int
        package var p999: Int
        package var outstanding: Int
        package var lagMilliseconds: Double?
        package var logEntries: Double?

        package init(second: Double, perSecond: Double, errors: Int, latency: LatencyFigures, outstanding: Int) {
            (self.second, self.perSecond, self.errors) = (second, perSecond, errors)
            (p50, p99, p999, self.outstanding) = (latency.p50, latency.p99, latency.p999, outstanding)
        }
    }

    package struct Process: Codable, Sendable {
        package var name: String
        package var pids: [Int32]
        /// Microseconds for each request that was answered.
        package var userPerRequest: Double
        package var systemPerRequest: Double
        /// Processors it kept busy, of the window and the draining after it.
        package var processors: Double

        package init(name: String, pids: [Int32], time: ProcessorTime, requests: Int, seconds: Double) {
            self.name = name
            self.pids = pids
            let count = Double(max(requests, 1))
            userPerRequest = (Double(time.user) / count * 100).rounded() / 100
            systemPerRequest = (Double(time.system) / count * 100).rounded() / 100
            processors = seconds > 0 ? (Double(time.user + time.system) / 1e4 / seconds).rounded() / 100 : 0
        }
    }

    /// A window of the search for the highest rate.
    package struct Step: Codable, Sendable {
        package var rate: Double
        package var perSecond: Double
        package var p99: Int
        package var errors: Int
        package var holds: Bool

        package init(rate: Double, perSecond: Double, p99: Int, errors: Int, holds: Bool) {
            (self.rate, self.perSecond, self.p99) = (rate, perSecond, p99)
            (self.errors, self.holds) = (errors, holds)
        }
    }

    package struct Search: Codable, Sendable {
        package var p99BelowMilliseconds: Double
        package var closedLoopPerSecond: Double
        /// The highest rate that held; nil if none did.
        package var rate: Double?
        /// Whether a rate was found that fails. If not, there may be higher ones that hold.
        package var isBounded = true
        package var steps: [Step] = []

        package init(p99BelowMilliseconds: Double, closedLoopPerSecond: Double) {
            self.p99BelowMilliseconds = p99BelowMilliseconds
            self.closedLoopPerSecond = closedLoopPerSecond
        }
    }

    package var settings: Settings
    package var total: Row
    package var operations: [Row] = []
    package var timeline: [Moment] = []
    package var processes: [Process] = []
    /// Requests of the window that were not answered as they must be, those not sent included; and answers as they must not
    /// be, of a search before it and of the comparing behind it.
    package var errors = 0
    package var notSent = 0
    package var violations: [String: Int] = [:]
    /// The first of them, in words.
    package var firstViolations: [String] = []
    /// Sessions read again at the end to compare their chats' lengths.
    package var comparedSessions = 0
    /// How long the log took to drain behind the window; nil where nobody told.
    package var drainSeconds: Double?
    package var search: Search?

    package init(settings: Settings, total: Row) { (self.settings, self.total) = (settings, total) }

    package var isClean: Bool { errors == 0 && violations.isEmpty && notSent == 0 && total.latency.count > 0 }

    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
