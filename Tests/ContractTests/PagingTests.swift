import SessionTesting
import Testing

/// Lists of sessions that lie in both tiers.
@Suite struct PagingTests {
    @Test func anEmptyListIsAList() async throws {
        let answer = try await Person(Stacks.ordinary.value).get("/sessions/")
        #expect(answer.text == #"{"sessions":[],"total":0,"page":1,"per_page":20,"next_cursor":null}"#)
    }

    @Test func aPageSaysWhichItIs() async throws {
        let person = Person(try await Stacks.ordinary.value)
        for _ in 0..<25 { _ = try await person.newSession() }
        for (query, count, page, size, more) in [
            ("", 20, 1, 20, true), ("?page=2", 5, 2, 20, false), ("?page=3", 0, 3, 20, false),
            ("?per_page=25", 25, 1, 25, false), ("?per_page=100&page=1", 25, 1, 100, false),
            ("?page=5&per_page=5", 5, 5, 5, false),
            ("?page=4&per_page=5", 5, 4, 5, true),
        ] {
            let body = try await person.get("/sessions/\(query)").json(200)
            #expect(Shape.sessionPage.faults(in: body) == [])
            #expect(body["sessions"].elements.count == count && body["total"].int == 25)
            #expect(body["page"].int == page && body["per_page"].int == size)
            #expect((body["next_cursor"] != .null) == more, "\(query)")
        }
        let byCursor = try await person.get("/sessions/?limit=10").json(200)
        #expect(Shape.sessionPage.faults(in: byCursor) == [])
        #expect(byCursor["page"] == .null && byCursor["per_page"].int == 10 && byCursor["total"].int == 25)
    }

    /// Hot, cold, flushed and hot again, in every status a person can give: the list is one list in its order.
    @Test func nothingIsSkippedOrRepeatedBetweenTheTiers() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        var generator = SeededGenerator.announced()
        var sessions: [String: JSON] = [:]
        for number in 0..<70 {
            let answer = try await person.post("/sessions/", #"{"name":"s\#(number)"}"#).json(201)["user_session"]
            sessions[try answer["id"].text()] = answer
        }
        for id in sessions.keys.shuffled(using: &generator) {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: try await person.post("/sessions/\(id)/activity")
            case 1: try await person.post("/sessions/\(id)/complete")
            case 2: try await person.post("/sessions/\(id)/archive")
            case 3:
                try await person.post("/sessions/\(id)/complete")
                try await stack.makeCold(id)
            case 4:
                try await person.post("/sessions/\(id)/archive")
                try await stack.makeCold(id)
                if Bool.random(using: &generator) { _ = try await person.look(id) }
            default: break
            }
        }
        var expected: [JSON] = []
        // Looking makes hot what was cold; so the list is read first.
        let all = try await pages(person, "per_page=100", byCursor: false)
        for id in sessions.keys { expected.append(summary(try await person.look(id))) }
        func key(_ json: JSON) -> (String, String) { (json["last_activity_at"].string ?? "", json["id"].string ?? "") }
        expected.sort { key($0) > key($1) }
        #expect(all.map(summary) == expected)
        for size in [1, 2, 3, 7, 19, 33, 69, 70] {
            #expect(try await pages(person, "per_page=\(size)", byCursor: false).map(summary) == expected, "\(size)")
            #expect(try await pages(person, "limit=\(size)", byCursor: true).map(summary) == expected, "\(size)")
        }
        for status in ["active", "completed", "archived", "abandoned"] {
            let wanted = expected.filter { $0["status"] == .string(status) }
            let filter = "status_filter=\(status)"
            #expect(try await pages(person, "per_page=4&\(filter)", byCursor: false).map(summary) == wanted)
            #expect(try await pages(person, "limit=4&\(filter)", byCursor: true).map(summary) == wanted)
        }
    }

    /// While others are used all the time, those that are not keep their place between two pages.
    @Test func whatIsNotUsedIsSeenOnceWhileOthersAre() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        var quiet: Set<String> = []
        var busy: [String] = []
        for number in 0..<40 {
            let id = try await person.newSession()
            if number % 2 == 0 {
                quiet.insert(id)
                if number % 4 == 0 { try await person.post("/sessions/\(id)/complete") }
            } else {
                busy.append(id)
            }
        }
        let users = Task { [busy] in
            while !Task.isCancelled {
                for id in busy { try await person.post("/sessions/\(id)/activity") }
            }
        }
        defer { users.cancel() }
        for limit in [1, 3, 8] {
            let seen = try await pages(person, "limit=\(limit)", byCursor: true).compactMap { $0["id"].string }
                .filter(quiet.contains)
            #expect(seen.count == quiet.count && Set(seen) == quiet)
        }
    }

    /// Fields of a list that a later look at the same session has too.
    private func summary(_ session: JSON) -> JSON {
        guard case .object(var members) = session else { return session }
        for key in ["chat", "mission"] { members[key] = nil }
        return .object(members)
    }

    private func pages(_ person: Person, _ query: String, byCursor: Bool) async throws -> [JSON] {
        var rows: [JSON] = []
        var position = byCursor ? "cursor=" : "page=1"
        for number in 2...200 {
            let body = try await person.get("/sessions/?\(query)&\(position)").json(200)
            rows += body["sessions"].elements
            guard let next = body["next_cursor"].string else { break }
            position = byCursor ? "cursor=\(next)" : "page=\(number)"
        }
        return rows
    }
}
