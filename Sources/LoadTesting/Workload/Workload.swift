/// What is asked of the service, by whom, and how much: a file of `config/load`.
package struct Workload: Equatable, Sendable {
    package var name: String
    package var description = ""
    package var users = 64
    /// Of each user, made at the start.
    package var sessions = 1
    /// In each of those, at the start.
    package var messages = 50
    package var messageBytes = Distribution.fixed(200)
    package var metadataBytes = Distribution.fixed(400)
    /// Shares in percent, 100 together. Empty where people or a storm are all there is.
    package var operations: [Operation: Double] = [:]
    /// Whether an open loop's requests come at random (a Poisson process) or at equal distances.
    package var isRandom = false
    /// Between an answer and the next request of its connection, in seconds, in a closed loop.
    package var thinkTime = Distribution.fixed(0)
    package var missions: Missions?
    package var visits: Visits?
    package var storm: Storm?

    package init(name: String) { self.name = name }

    /// Plans of agents, read by `mission`.
    package struct Missions: Equatable, Sendable {
        /// How many sessions have one.
        package var sessions = 16
        package var hops = 5
        /// Of each hop.
        package var steps = 4
        package var assets = 10
    }

    /// People who arrive, chat, leave and return, each at a pace of their own. Times in seconds.
    package struct Visits: Equatable, Sendable {
        /// All arrive for the first time within this.
        package var arriveWithin = 10.0
        /// Of one visit; questions and answers take turns.
        package var messages = Distribution.uniform(2, 12)
        /// Before each request.
        package var thinkTime = Distribution.fixed(1)
        /// Between two visits.
        package var away = Distribution.fixed(10)
        /// Percent of the pauses in which the page tells that its person is there.
        package var heartbeats = 30.0
        /// Percent of the messages that are followed by a change of the metadata.
        package var autosaves = 30.0
        /// Percent of the visits that look at older messages.
        package var lookBacks = 10.0
        /// Percent of the visits that end with completing the session. The others just leave: it is abandoned.
        package var completes = 10.0
        /// Percent of those who come back to an abandoned session and go on with it; the others begin a new one.
        package var returns = 50.0
    }

    /// Everybody loads their active session at once.
    package struct Storm: Equatable, Sendable {
        package var every = 5.0
        package var within = 0.0
    }

    /// A share above 0.
    package func asksFor(_ operation: Operation) -> Bool { (operations[operation] ?? 0) > 0 }
}
