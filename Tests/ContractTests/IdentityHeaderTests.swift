import SessionTesting
import Testing

/// X-Request-ID and traceparent: taken over or made, on every answer.
@Suite struct IdentityHeaderTests {
    static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test(arguments: ["a", "AZaz09._-", String(repeating: "x", count: 128)])
    func aRequestKeepsItsName(name: String) async throws {
        let stack = try await Stacks.ordinary.value
        let headers = [("X-Request-ID", name), ("traceparent", Self.traceparent)]
        for (path, status) in [("/sessions/", 200), ("/nothing", 404), ("/sessions/x/complete", 404)] {
            let answer = try await Person(stack).get(path, headers)
            #expect(answer.status == status || status == 404 && answer.status == 405)
            #expect(answer.header("X-Request-ID") == name && answer.header("traceparent") == Self.traceparent)
        }
        let unknown = try await stack.request("GET", "/api/sessions/", headers: headers)
        #expect(unknown.status == 401 && unknown.header("X-Request-ID") == name)
    }

    @Test(arguments: ["", "a b", "a\"b", "é", String(repeating: "x", count: 129), "a/b", "a,b"])
    func aNameOfTheWrongFormIsReplaced(name: String) async throws {
        let answer = try await Person(Stacks.ordinary.value).get("/sessions/", [("X-Request-ID", name)])
        let made = try #require(answer.header("X-Request-ID"))
        #expect(made != name && made.wholeMatch(of: /[A-Za-z0-9._-]{1,128}/) != nil)
    }

    @Test(
        arguments: [
            "", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        ])
    func aTraceparentOfTheWrongFormIsReplaced(text: String) async throws {
        let answer = try await Person(Stacks.ordinary.value).get("/sessions/", [("traceparent", text)])
        let made = try #require(answer.header("traceparent"))
        #expect(made != text && made.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/) != nil)
        #expect(answer.header("X-Request-ID")?.isEmpty == false)
    }

    @Test func eachRequestGetsANameOfItsOwn() async throws {
        let person = Person(try await Stacks.ordinary.value)
        var names: Set<String> = []
        for _ in 0..<20 { names.insert(try #require(await person.get("/sessions/").header("X-Request-ID"))) }
        #expect(names.count == 20)
    }
}
