import SessionAPI
import SessionTesting
import Testing

/// Nobody sees another's anything, nor whether it exists. Made from the table of routes, so that a new route is in it.
@Suite struct OwnershipTests {
    /// What a route's path stands for, and what makes it succeed for its owner.
    struct Things {
        var session: String
        var chat: String
        var mission: String
        var hop: String
        var step: String
        var asset: String
        var write: String

        func path(_ pattern: String) -> String {
            pattern.split(separator: "/").map { segment in
                switch segment {
                case "{session}": session
                case "{chat}": chat
                case "{mission}": mission
                case "{hop}": hop
                case "{step}": step
                case "{asset}": asset
                case "{write}": write
                default: String(segment)
                }
            }.reduce("") { "\($0)/\($1)" }
        }
    }

    static func body(for endpoint: Endpoint) -> String? {
        switch endpoint {
        case .createSession, .initializeSession, .replaceSession, .mergeSession, .createMission, .replaceMission,
            .createHop, .replaceHop, .replaceToolStep, .replaceAsset:
            #"{"name":"changed"}"#
        case .appendMessages: #"{"role":"user","content":"x"}"#
        case .createToolStep: #"{"name":"n","tool_id":"t"}"#
        case .createAsset: #"{"name":"n","role":"input"}"#
        case .moveMission, .moveHop, .moveToolStep: #"{"status":"cancelled"}"#
        case .listSessions, .activeSession, .loadSession, .deleteSession, .linkMission, .touchSession, .completeSession,
            .archiveSession, .resumeSession, .listMessages, .chatWindow, .listMissions, .loadMission, .deleteMission,
            .listHops, .loadHop, .deleteHop, .listToolSteps, .loadToolStep, .deleteToolStep, .listAssets, .loadAsset,
            .deleteAsset, .live, .ready, .metrics, .description, .writeStatus, .followSession, .development,
            .developmentToken:
            nil
        }
    }

    private func things(of person: Person) async throws -> Things {
        let created = try await person.post("/sessions/", #"{"session_metadata":{"secret":1}}"#)
        let session = try created.json(201)["user_session"]["id"].text()
        try await person.append(2, to: session)
        let mission = try await person.newMission()
        let hop = try await person.post("/missions/\(mission)/hops", #"{"name":"h","hop_metadata":{"secret":1}}"#)
            .json(201)["id"].text()
        let step = try await person.post(
            "/missions/\(mission)/hops/\(hop)/tool-steps", #"{"name":"s","tool_id":"t"}"#
        ).json(201)["id"].text()
        let asset = try await person.post(
            "/missions/\(mission)/assets", #"{"name":"a","role":"output","content":"secret"}"#
        ).json(201)["id"].text()
        return Things(
            session: session, chat: try created.json(201)["chat"]["id"].text(), mission: mission, hop: hop, step: step,
            asset: asset, write: try #require(created.header("Write-Id")))
    }

    /// What an answer says, but for what differs from request to request.
    struct Said: Equatable {
        var status: Int
        var headers: [String]
        var body: [UInt8]

        init(_ answer: HTTPAnswer) {
            status = answer.status
            headers = answer.headers.filter { !["x-request-id", "traceparent", "date"].contains($0.name.lowercased()) }
                .map { "\($0.name): \($0.value)" }
            body = answer.body
        }
    }

    private func ask(_ route: Route, _ things: Things, as authorization: String?, _ stack: Stack) async throws
        -> HTTPAnswer
    {
        let body = Self.body(for: route.endpoint)
        return try await stack.request(
            route.method.rawValue, things.path(route.pattern), json: body,
            headers: authorization.map { [("Authorization", $0)] } ?? [])
    }

    @Test(arguments: [Stacks.ordinary, Stacks.sharded]) func everyRouteForEverybody(of task: Task<Stack, any Error>)
        async throws
    {
        let stack = try await task.value
        for route in Routes.all {
            let owner = Person(stack)
            let things = try await things(of: owner)
            if route.endpoint == .resumeSession { try await owner.post("/sessions/\(things.session)/complete") }
            // A hop that is open lets no other begin.
            if route.endpoint == .createHop {
                _ = try await owner.send("DELETE", "/missions/\(things.mission)/hops/\(things.hop)").status
            }
            let before = try await owner.look(things.session)
            let missionBefore = try await owner.get("/missions/\(things.mission)").json(200)

            let expired = "Bearer " + stack.signer.token(user: owner.id, expiresIn: -3600)
            for nobody in [nil, expired] {
                let answer = try await ask(route, things, as: nobody, stack)
                if route.needsToken {
                    try answer.problem(401)
                } else {
                    #expect(answer.status == (route.endpoint == .developmentToken ? 415 : 200))
                }
            }
            for stranger in try strangers(to: owner, stack) {
                let answer = try await ask(route, things, as: "Bearer \(stranger.token)", stack)
                switch route.endpoint {
                case .createSession, .initializeSession, .createMission: #expect(answer.status == 201)
                case .listSessions, .listMissions: #expect(try answer.json(200)["total"].int == 0)
                case .activeSession: #expect(try answer.json(200) == .null)
                case .live, .ready, .metrics, .description, .development: #expect(answer.status == 200)
                // Without a body; on a development server, as all of these are.
                case .developmentToken: #expect(answer.status == 415)
                // A place in the log, which is everybody's.
                case .writeStatus: #expect(answer.status == 200)
                case .loadSession, .replaceSession, .mergeSession, .deleteSession, .linkMission, .touchSession,
                    .completeSession, .archiveSession, .resumeSession, .appendMessages, .listMessages, .chatWindow,
                    .followSession, .loadMission, .replaceMission, .moveMission, .deleteMission, .createHop, .listHops,
                    .loadHop,
                    .replaceHop, .moveHop, .deleteHop, .createToolStep, .listToolSteps, .loadToolStep, .replaceToolStep,
                    .moveToolStep, .deleteToolStep, .createAsset, .listAssets, .loadAsset, .replaceAsset, .deleteAsset:
                    let absent = try await ask(route, unknown(like: things), as: "Bearer \(stranger.token)", stack)
                    #expect(answer.status == 404, "\(route.method) \(route.pattern)")
                    #expect(Said(answer) == Said(absent), "\(route.method) \(route.pattern)")
                }
                #expect(try await owner.look(things.session) == before, "\(route.method) \(route.pattern)")
                let missionAfter = try await owner.get("/missions/\(things.mission)").json(200)
                #expect(missionAfter == missionBefore, "\(route.method) \(route.pattern)")
            }
            // That one has no end; see `EventTests`.
            if route.endpoint == .followSession || route.endpoint == .developmentToken { continue }
            let own = try await ask(route, things, as: "Bearer \(owner.token)", stack)
            #expect((200...204).contains(own.status), "\(route.method) \(route.pattern): \(own.text)")
        }
    }

    /// In the owner's shard, and in another.
    private func strangers(to owner: Person, _ stack: Stack) throws -> [Person] {
        (0..<4).map { _ in Person(stack) }
    }

    /// Ids of the same form and shard that name nothing.
    private func unknown(like things: Things) -> Things {
        func other(_ id: String) -> String {
            let middle = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
            return "\(id.prefix(24))\(middle)\(id.suffix(4))"
        }
        return Things(
            session: other(things.session), chat: other(things.chat), mission: other(things.mission),
            hop: other(things.hop), step: other(things.step), asset: other(things.asset), write: things.write)
    }

    /// A mission or a session of one's own does not open another's beside it.
    @Test func eachIdOfAPathIsChecked() async throws {
        let stack = try await Stacks.ordinary.value
        let (person, other) = (Person(stack), Person(stack))
        let (mine, theirs) = (try await things(of: person), try await things(of: other))
        try await person.post("/sessions/\(mine.session)/link-mission/\(theirs.mission)").problem(404)
        try await person.post("/sessions/\(theirs.session)/link-mission/\(mine.mission)").problem(404)
        try await person.post("/missions/?session_id=\(theirs.session)", #"{"name":"n"}"#).problem(404)
        #expect(try await other.look(theirs.session)["mission_id"] == .null)

        // Within a mission, each parent is looked at: no part of another's is found under one's own, nor the other way
        // round, nor a part of one's own under another parent of one's own.
        let second = try await things(of: person)
        for (mixed, parts) in [(theirs, mine), (mine, theirs), (mine, second)] {
            var asked = mixed
            (asked.hop, asked.step, asked.asset) = (parts.hop, parts.step, parts.asset)
            for route in Routes.all where route.pattern.contains("{hop}") || route.pattern.contains("{asset}") {
                let answer = try await ask(route, asked, as: "Bearer \(person.token)", stack)
                #expect(answer.status == 404, "\(route.method) \(route.pattern)")
            }
        }
        var asked = mine
        asked.step = second.step
        for route in Routes.all where route.pattern.contains("{step}") {
            #expect(try await ask(route, asked, as: "Bearer \(person.token)", stack).status == 404)
        }
        let scope = #"{"name":"a","role":"input","scope_type":"hop","scope_id":"\#(theirs.hop)"}"#
        try await person.post("/missions/\(mine.mission)/assets", scope).problem(422)
    }

    /// Whether it is hot, cold, completed, deleted or never was: one answer.
    @Test func aForeignSessionAnswersTheSameHotOrCold() async throws {
        let stack = try await Stacks.ordinary.value
        let (owner, stranger) = (Person(stack), Person(stack))
        let (hot, cold, deleted) = (
            try await things(of: owner), try await things(of: owner), try await things(of: owner)
        )
        try await owner.post("/sessions/\(cold.session)/complete")
        try await stack.makeCold(cold.session)
        _ = try await owner.send("DELETE", "/sessions/\(deleted.session)")
        for route in Routes.all where route.pattern.contains("{session}") || route.pattern.contains("{chat}") {
            var said: [Said] = []
            for one in [hot, cold, deleted, unknown(like: hot)] {
                said.append(Said(try await ask(route, one, as: "Bearer \(stranger.token)", stack)))
            }
            #expect(said[0].status == 404 && said.allSatisfy { $0 == said[0] }, "\(route.method) \(route.pattern)")
        }
        // A stranger's question must not have made it hot.
        #expect(try stack.redis.command("EXISTS", stack.key("session", cold.session)).int == 0)
        #expect(try await owner.get("/sessions/\(cold.session)").header("Cache-Status") == "sessiond; fwd=miss")
    }

    /// What is no id names nothing, wherever it stands; and ids of another kind or shard open no door.
    @Test func idsOfEveryKindNameNothing() async throws {
        let stack = try await Stacks.ordinary.value
        let owner = Person(stack)
        let mine = try await things(of: owner)
        let version4 = "\(mine.session.prefix(14))4\(mine.session.dropFirst(15))"
        let withoutShard = mine.session.dropLast(4)
        let ids: [String] = [
            mine.session.uppercased(), mine.session.split(separator: "-").joined(), "%7B\(mine.session)%7D",
            "\(mine.session)0",
            String(mine.session.dropLast()), "\(withoutShard)0001",
            "\(withoutShard)ffff",
            version4, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0", "-1", "*",
            "null",
            "%00", "%2e%2e", "a%2fb", "a:b", "%7B0%7D", "'", "%0d%0a", String(repeating: "a", count: 2000),
            "\(mine.session)%20",
        ]
        let wrongKind = [
            "{session}": [mine.chat, mine.mission], "{chat}": [mine.session, mine.mission],
            "{mission}": [mine.session, mine.chat, mine.hop], "{hop}": [mine.mission, mine.step],
            "{step}": [mine.mission, mine.hop], "{asset}": [mine.mission, mine.hop],
        ]
        for route in Routes.all {
            for kind in wrongKind.keys where route.pattern.contains(kind) {
                for id in ids + (wrongKind[kind] ?? []) {
                    var asked = mine
                    switch kind {
                    case "{session}": asked.session = id
                    case "{chat}": asked.chat = id
                    case "{mission}": asked.mission = id
                    case "{hop}": asked.hop = id
                    case "{step}": asked.step = id
                    default: asked.asset = id
                    }
                    let answer = try await ask(route, asked, as: "Bearer \(owner.token)", stack)
                    // NUL is the web server's to refuse.
                    #expect(
                        answer.status == (id == "%00" ? 400 : 404),
                        "\(route.method) \(route.pattern) with \(id): \(answer.status)")
                    #expect(answer.header("Content-Type") == "application/problem+json")
                }
            }
        }
        let now = try await owner.look(mine.session)
        #expect(now["version"].int == 2 && now["status"] == .string("active"))
    }
}
