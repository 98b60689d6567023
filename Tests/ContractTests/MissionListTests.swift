import SessionTesting
import Testing

/// Lists of missions, which lie in both tiers.
@Suite struct MissionListTests {
    @Test func anEmptyListIsAList() async throws {
        let answer = try await Person(Stacks.ordinary.value).get("/missions")
        #expect(answer.text == #"{"missions":[],"total":0,"page":1,"per_page":20,"next_cursor":null}"#)
    }

    @Test func nothingIsSkippedOrRepeatedBetweenTheTiers() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        var generator = SeededGenerator.announced()
        var order: [String] = []
        for number in 0..<45 {
            let mission = try await person.post(
                "/missions/", #"{"name":"m\#(number)","mission_metadata":{"n":\#(number)}}"#
            ).json(201)
            order.append(try mission["id"].text())
        }
        for _ in 0..<60 {
            let id = try #require(order.randomElement(using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                // While it is hot it leaves nothing but what will expire; then it is cold.
                try await eventually("the flush") {
                    try stack.redis.command("PTTL", stack.key("mission", id)).int ?? 0 != -1
                }
                try stack.redis.command("DEL", stack.key("mission", id))
            case 1: _ = try await person.get("/missions/\(id)").json(200)
            case 2:
                let answer = try await person.send("PATCH", "/missions/\(id)/status", #"{"status":"in_progress"}"#)
                if answer.status == 200 { order = order.filter { $0 != id } + [id] }
            default:
                _ = try await person.send("PUT", "/missions/\(id)", #"{"goal":"\#(order.count)\#(generator.next())"}"#)
                    .json(200)
                order = order.filter { $0 != id } + [id]
            }
        }
        let gone = order.removeFirst()
        #expect(try await person.send("DELETE", "/missions/\(gone)").status == 204)

        var expected: [JSON] = []
        for id in order.reversed() {
            guard case .object(var members) = try await person.get("/missions/\(id)").json(200) else { continue }
            for key in ["hops", "assets", "mission_asset_map"] { members[key] = nil }
            expected.append(.object(members))
        }
        // Within a millisecond, by their ids.
        expected.sort {
            ($0["updated_at"].string ?? "", $0["id"].string ?? "") > (
                $1["updated_at"].string ?? "", $1["id"].string ?? ""
            )
        }
        for size in [1, 7, 20, 44, 100] {
            var byNumber: [JSON] = []
            for page in 1...(44 / size + 1) {
                let body = try await person.get("/missions/?per_page=\(size)&page=\(page)").json(200)
                #expect(Shape.missionPage.faults(in: body) == [] && body["total"].int == 44)
                byNumber += body["missions"].elements
            }
            #expect(byNumber == expected, "by \(size)")
            var byCursor: [JSON] = []
            var cursor: String? = ""
            while let next = cursor {
                let body = try await person.get("/missions/?limit=\(size)&cursor=\(next)").json(200)
                byCursor += body["missions"].elements
                cursor = body["next_cursor"].string
            }
            #expect(byCursor == expected, "by cursor, \(size)")
        }
        for status in ["awaiting_approval", "in_progress", "failed"] {
            let body = try await person.get("/missions/?status_filter=\(status)&per_page=100").json(200)
            #expect(body["missions"].elements == expected.filter { $0["status"] == .string(status) })
        }
        for query in ["?status_filter=active", "?page=0", "?per_page=101", "?cursor=x", "?cursor=&page=1"] {
            try await person.get("/missions/\(query)").problem(400)
        }
    }
}
