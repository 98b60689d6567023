import SessionModel

/// A change that was made in the hot tier, whatever became of it later.
struct Node {
    enum Kind: Equatable {
        case create, append, delete
        case move(SessionMove)

        /// Whether somebody was there.
        var isActivity: Bool {
            switch self {
            case .create, .append, .move(.use), .move(.resume): true
            case .delete, .move: false
            }
        }
    }

    let number: Int
    let kind: Kind
    /// The change that it was made upon.
    let parent: Int?
    /// As it is after the change; before it, where it is deleted.
    let session: UserSession
    let messages: [[UInt8]]
    let key: String?
    /// Counts the changes of Redis: what a file was cut behind is lost.
    var effect = 0
    /// The client's operation that made it.
    var operation: Int?
    var at: Int64 = 0
    /// A client was told of it.
    var isAcknowledged = false
    /// When a loss that is declared may have taken it away.
    var lostAt: Int64?

    init(
        _ number: Int, _ kind: Kind, after: UserSession?, _ session: UserSession, messages: [[UInt8]], key: String?
    ) {
        self.number = number
        self.kind = kind
        self.parent = after.map(SimRedis.node)
        self.session = session
        self.messages = messages
        self.key = key
    }
}

/// Activity that a client was told of, and that no entry of the log carries.
struct Touch {
    let session: SessionID
    let at: Int64
    let effect: Int
    var isAcknowledged = false
    var lostAt: Int64?
}

/// Everything that was ever changed. A session's state names the change that led to it, and that one its parent: so every
/// state tells which changes it holds.
struct History {
    var nodes: [Node] = []
    var touches: [Touch] = []

    /// The changes that a state is made of, the first one first.
    func chain(_ number: Int?) -> [Int] {
        var chain: [Int] = []
        var next = number
        while let number = next, nodes.indices.contains(number) {
            chain.append(number)
            next = nodes[number].parent
        }
        return chain.reversed()
    }

    func holds(_ state: Int?, _ number: Int) -> Bool {
        var next = state
        while let one = next, one >= number {
            if one == number { return true }
            next = nodes.indices.contains(one) ? nodes[one].parent : nil
        }
        return false
    }

    /// The messages of a state, in their order.
    func messages(_ number: Int?) -> [[UInt8]] { chain(number).flatMap { nodes[$0].messages } }
}
