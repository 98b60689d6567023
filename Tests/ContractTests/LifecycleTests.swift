import SessionTesting
import Testing

/// The whole of the session lifecycle: from each status, by each action, to a status or to a 409 that names the current one.
@Suite struct LifecycleTests {
    enum Action: String, CaseIterable {
        case complete, archive, resume
        case putActive, putCompleted, putArchived, putAbandoned
        case activity, message, putMetadata, patchMetadata, putName, patchName, linkMission, newMission
        case read, readMessages, readActive, delete
    }

    static let allowed: [(action: Action, from: [String: String])] = [
        (.complete, ["active": "completed"]),
        (.archive, ["active": "archived", "completed": "archived", "abandoned": "archived"]),
        (.resume, ["completed": "active", "abandoned": "active", "archived": "active"]),
        // A PUT can be repeated: to wish for what is so already changes nothing.
        (.putActive, ["active": "active", "completed": "active", "abandoned": "active", "archived": "active"]),
        (.putCompleted, ["active": "completed", "completed": "completed"]),
        (
            .putArchived,
            ["active": "archived", "completed": "archived", "abandoned": "archived", "archived": "archived"]
        ),
        (.putAbandoned, ["abandoned": "abandoned"]),
    ]
    static let use: [Action] = [
        .activity, .message, .putMetadata, .patchMetadata, .putName, .patchName, .linkMission, .newMission,
    ]
    static let reads: [Action] = [.read, .readMessages, .readActive]

    /// The status afterwards, nil where it is refused, "gone" where nothing is left.
    static func expected(_ action: Action, from status: String) -> String? {
        if action == .delete { return "gone" }
        if reads.contains(action) { return status }
        if use.contains(action) { return status == "active" || status == "abandoned" ? "active" : nil }
        return allowed.first { $0.action == action }?.from[status]
    }

    @Test(arguments: Action.allCases, ["active", "completed", "archived"])
    func everyActionFromEveryStatus(action: Action, from status: String) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        switch status {
        case "completed": try await person.post("/sessions/\(session)/complete")
        case "archived": try await person.post("/sessions/\(session)/archive")
        default: break
        }
        try await Self.check(action, from: status, session, person)
    }

    @Test(arguments: Action.allCases) func everyActionFromAbandoned(action: Action) async throws {
        let person = Person(try await Stacks.forgetful.value)
        let session = try await person.newSession()
        try await eventually("the abandonment", within: .seconds(30)) {
            try await person.look(session)["status"] == .string("abandoned")
        }
        try await Self.check(action, from: "abandoned", session, person)
    }

    private static func check(
        _ action: Action, from status: String, _ session: String, _ person: Person
    ) async throws {
        let mission = action == .linkMission ? try await person.newMission() : ""
        let before = try await person.look(session)
        try #require(before["status"] == .string(status))
        let answer = try await perform(action, session, mission, person)
        guard let after = expected(action, from: status) else {
            let problem = try answer.problem(409)
            #expect(problem["current_status"] == .string(status))
            #expect(try problem["detail"].text().contains(status))
            #expect(try await person.look(session) == before)
            return
        }
        #expect((200...204).contains(answer.status), "\(answer.status) \(answer.text)")
        guard after != "gone" else { return _ = try await person.get("/sessions/\(session)").problem(404) }
        let now = try await person.look(session)
        #expect(now["status"] == .string(after))
        #expect(Shape.wholeSession(after).faults(in: now) == [])
        let isSame = reads.contains(action) || action == .activity && status == "active" || isRepeat(action, status)
        #expect(now["version"].int == (before["version"].int ?? 0) + (isSame ? 0 : 1), "the version")
    }

    private static func isRepeat(_ action: Action, _ status: String) -> Bool {
        switch action {
        case .putActive: status == "active"
        case .putCompleted: status == "completed"
        case .putArchived: status == "archived"
        case .putAbandoned: status == "abandoned"
        case .complete, .archive, .resume, .activity, .message, .putMetadata, .patchMetadata, .putName, .patchName,
            .linkMission, .newMission, .read, .readMessages, .readActive, .delete:
            false
        }
    }

    private static func perform(
        _ action: Action, _ session: String, _ mission: String, _ person: Person
    ) async throws -> HTTPAnswer {
        let path = "/sessions/\(session)"
        func put(_ body: String) async throws -> HTTPAnswer { try await person.send("PUT", path, body) }
        func patch(_ body: String) async throws -> HTTPAnswer { try await person.send("PATCH", path, body) }
        return switch action {
        case .complete, .archive, .resume, .activity: try await person.post("\(path)/\(action.rawValue)")
        case .putActive: try await put(#"{"status":"active"}"#)
        case .putCompleted: try await put(#"{"status":"completed"}"#)
        case .putArchived: try await put(#"{"status":"archived"}"#)
        case .putAbandoned: try await put(#"{"status":"abandoned"}"#)
        case .message: try await person.append(one: session)
        case .putMetadata: try await put(#"{"session_metadata":{"a":1}}"#)
        case .patchMetadata: try await patch(#"{"session_metadata":{"a":1}}"#)
        case .putName: try await put(#"{"name":"n"}"#)
        case .patchName: try await patch(#"{"name":"n"}"#)
        case .linkMission: try await person.post("\(path)/link-mission/\(mission)")
        case .newMission: try await person.post("/missions/?session_id=\(session)", #"{"name":"n"}"#)
        case .read: try await person.get("\(path)?messages=0")
        case .readMessages: try await person.get("\(path)/messages")
        case .readActive: try await person.get("/sessions/active")
        case .delete: try await person.send("DELETE", path)
        }
    }

    /// A field beside a status is written on the way to where it may be written, and nowhere else.
    @Test(
        arguments: [
            ("completed", "active", 200), ("archived", "active", 200), ("active", "completed", 200),
            ("active", "archived", 200), ("completed", "completed", 409), ("archived", "archived", 409),
            ("completed", "archived", 409), ("active", "abandoned", 409),
        ])
    func aFieldBesideAStatus(from: String, to: String, status: Int) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        if from != "active" { _ = try await person.send("PUT", "/sessions/\(session)", #"{"status":"\#(from)"}"#) }
        let answer = try await person.send("PUT", "/sessions/\(session)", #"{"status":"\#(to)","name":"new"}"#)
        #expect(answer.status == status, "\(answer.text)")
        let now = try await person.look(session)
        #expect((now["name"] == .string("new")) == (status == 200))
        #expect(now["status"] == .string(status == 200 ? to : from))
    }

    /// Nobody can wish a session abandoned, and a field that is written makes it active.
    @Test func aFieldIsNotWrittenIntoAnAbandonedSessionThatShallStaySo() async throws {
        let person = Person(try await Stacks.forgetful.value)
        let session = try await person.newSession()
        try await eventually("the abandonment", within: .seconds(30)) {
            try await person.look(session)["status"] == .string("abandoned")
        }
        let before = try await person.look(session)
        let answer = try await person.send("PUT", "/sessions/\(session)", #"{"status":"abandoned","name":"new"}"#)
        #expect(try answer.problem(409)["current_status"] == .string("abandoned"))
        #expect(try await person.look(session) == before)
    }
}
