/// A plain model of the domain: what one person has, by domain.md, in dictionaries and nothing else. Ids are those the
/// service gave.
struct World {
    struct Session: Equatable {
        var name: String
        var status = "active"
        var version = 1
        var mission: String?
        var metadata: [String: Int] = [:]
        var messages: [String] = []
    }

    struct Step: Equatable {
        var id: String
        var name: String
        var status = "proposed"
        var isStarted = false
        var isCompleted = false
    }

    struct Hop: Equatable {
        var id: String
        var name: String
        var status: String
        var metadata: Int
        var isResolved = false
        /// In order: a step's number is its place.
        var steps: [Step] = []

        var isOpen: Bool { World.hops[status] != nil }
    }

    struct Asset: Equatable {
        var name: String
        var role: String
        /// Nil: the mission.
        var hop: String?
        var status = "proposed"
        var content: String?
    }

    struct Mission: Equatable {
        var name: String
        var status = "awaiting_approval"
        var version = 1
        var current: String?
        var metadata: Int
        /// In order: a hop's number is its place.
        var hops: [Hop] = []
        var assets: [String: Asset] = [:]
        var session: String?
    }

    /// The status of the answer by which something is refused.
    struct Refusal: Error, Equatable {
        var status: Int
    }

    var sessions: [String: Session] = [:]
    var missions: [String: Mission] = [:]

    // MARK: the lifecycles

    /// Allowed moves of what isn't at its end.
    static let missions = table(
        """
        awaiting_approval: in_progress cancelled
        in_progress: completed failed cancelled
        """)

    static let hops = table(
        """
        hop_plan_started: hop_plan_proposed failed cancelled
        hop_plan_proposed: hop_plan_ready hop_plan_started failed cancelled
        hop_plan_ready: hop_impl_started hop_impl_proposed failed cancelled
        hop_impl_started: hop_impl_proposed failed cancelled
        hop_impl_proposed: hop_impl_ready hop_impl_started failed cancelled
        hop_impl_ready: executing failed cancelled
        executing: completed failed cancelled
        """)

    static let steps = table(
        """
        proposed: ready_to_configure ready_to_execute completed failed cancelled
        ready_to_configure: ready_to_execute failed cancelled
        ready_to_execute: executing completed failed cancelled
        executing: completed failed cancelled
        """)

    static let assets = table(
        """
        proposed: pending error expired
        pending: in_progress error expired
        in_progress: ready error expired
        ready: error expired
        error: pending expired
        expired: error
        """)

    private static func table(_ text: String) -> [String: [String]] {
        var table: [String: [String]] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            table[String(words[0].dropLast())] = Array(words.dropFirst())
        }
        return table
    }
}
