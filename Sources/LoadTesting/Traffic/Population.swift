/// The users, and what they have: as far as the service has told.
package struct Population: Sendable {
    package struct User: Sendable {
        package let name: String
        /// `Bearer …`
        package let authorization: [UInt8]
        /// Places in ``sessions``.
        package var sessions: [Int] = []
        /// Sessions whose making is under way, or was lost: the service may show one before its answer has come.
        package var creating = 0
    }

    package struct Session: Sendable {
        /// The 36 bytes of its id.
        package let id: [UInt8]
        package let user: Int
        /// Which of its user's sessions it is.
        package fileprivate(set) var index: Int
        package var chat = ChatLedger()
        /// The 36 bytes of its mission's id, where it has one.
        package var mission: [UInt8]?
        /// The hop that is open, while a mission is made.
        package var hop: [UInt8] = []
        /// Whether a change of its status is under way, and what waits for its end.
        package var isMoving = false {
            didSet { if isMoving { hasMoved = true } }
        }
        /// Whether a change of its status was ever sent: it may have been inactive since.
        package private(set) var hasMoved = false
    }

    package internal(set) var users: [User]
    package var sessions: [Session] = []
    /// How many of the sessions were made at the start: the others came by `create`.
    package private(set) var initial = 0
    /// Whether sessions may end by themselves: people leave, and what they leave is abandoned.
    package var areAbandoned = false
    private var places: [[UInt8]: Int] = [:]

    /// - Parameter run: Part of the users' names: no run meets what another has left.
    package init(users count: Int, run: String, token: (String) -> String) {
        users = (0..<count).map { number in
            let name = "load-\(run)-\(number)"
            return User(name: name, authorization: Array("Bearer \(token(name))".utf8))
        }
    }

    /// A session that the service has made. Its place.
    @discardableResult
    package mutating func add(id: [UInt8], user: Int, isInitial: Bool) -> Int {
        sessions.append(Session(id: id, user: user, index: users[user].sessions.count))
        users[user].sessions.append(sessions.count - 1)
        places[id] = sessions.count - 1
        if isInitial { initial = sessions.count }
        return sessions.count - 1
    }

    /// Sorts the sessions of the start by their users, whatever order they were answered in: the same seed then asks the
    /// same of the same sessions.
    package mutating func settle() {
        let sorted = sessions.indices.sorted { (sessions[$0].user, $0) < (sessions[$1].user, $1) }
        sessions = sorted.map { sessions[$0] }
        for user in users.indices { users[user].sessions.removeAll(keepingCapacity: true) }
        for place in sessions.indices {
            let user = sessions[place].user
            sessions[place].index = users[user].sessions.count
            users[user].sessions.append(place)
            places[sessions[place].id] = place
        }
        initial = sessions.count
    }

    /// The place of a user's session with this id.
    package func place(of id: UnsafeRawBufferPointer, user: Int) -> Int? {
        places[Array(id)].flatMap { sessions[$0].user == user ? $0 : nil }
    }

    /// ``ChatLedger/highest`` of each of a user's sessions.
    func floors(of user: Int) -> [UInt32] { users[user].sessions.map { sessions[$0].chat.highest } }

    /// Whether a user may be without an active session, who had so many when that was asked.
    func mayHaveNone(_ user: Int, of count: Int) -> Bool {
        areAbandoned || users[user].sessions.prefix(count).allSatisfy { sessions[$0].hasMoved }
    }
}
