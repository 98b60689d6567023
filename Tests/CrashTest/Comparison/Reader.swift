import FoundationEssentials
import SessionTesting

/// Reads what a client would see.
struct Reader: Sendable {
    let site: Site

    private static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }()

    private func get<Value: Decodable>(
        _ path: String, _ user: String, as type: Value.Type = Value.self
    ) async throws -> Value? {
        var last = ""
        for _ in 0..<50 {
            let answer = try await site.stack.request("GET", "/api" + path, as: user)
            switch answer.status {
            case 200: return try Self.decoder.decode(type, from: Data(answer.body))
            case 404: return nil
            case 502, 503, 504: last = "\(answer.status) \(answer.text)"
            default: throw TestingError("GET \(path): \(answer.status) \(answer.text)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw TestingError("GET \(path): \(last), again and again")
    }

    /// Nil: there is none.
    func session(_ id: String, of user: String) async throws -> Content? {
        struct Session: Decodable {
            var version: Int
            var name: String
            var status: String
            var missionId: String?
            var messageCount: Int
            var sessionMetadata: [String: Int]
        }
        struct Page: Decodable {
            struct Message: Decodable {
                var sequenceOrder: Int
                var content: String
            }
            var messages: [Message]
            var hasMore: Bool
        }
        guard let session: Session = try await get("/sessions/\(id)?touch=false&messages=0", user) else { return nil }
        var content = Content(
            version: session.version,
            registers: ["name": session.name, "status": session.status, "mission": session.missionId ?? ""])
        for (key, value) in session.sessionMetadata { content.registers["metadata.\(key)"] = "\(value)" }
        var messages: [String] = []
        var hasMore = session.messageCount > 0
        while hasMore {
            let path = "/sessions/\(id)/messages?after=\(messages.count)&limit=500"
            guard let page: Page = try await get(path, user), !page.messages.isEmpty else { break }
            for message in page.messages {
                // What isn't there keeps its place.
                while messages.count + 1 < message.sequenceOrder { messages.append("no message \(messages.count + 1)") }
                messages.append(message.content)
            }
            hasMore = page.hasMore
        }
        if !messages.isEmpty { content.lists["messages"] = messages }
        return content
    }

    func mission(_ id: String, of user: String) async throws -> Content? {
        struct Mission: Decodable {
            struct Hop: Decodable {
                struct Step: Decodable {
                    var name: String
                    var sequenceOrder: Int
                }
                var name: String
                var status: String
                var sequenceOrder: Int
                var toolSteps: [Step]
            }
            var version: Int
            var name: String
            var status: String
            var hops: [Hop]
        }
        guard let mission: Mission = try await get("/missions/\(id)", user) else { return nil }
        var content = Content(
            version: mission.version, registers: ["name": mission.name, "status": mission.status])
        for hop in mission.hops { content.add(hop: hop.name, status: hop.status, steps: hop.toolSteps.map(\.name)) }
        return content
    }

    /// How many sessions a user's list has.
    func count(of user: String) async throws -> Int {
        struct List: Decodable { var total: Int }
        return try await get("/sessions/?per_page=1", user, as: List.self)?.total ?? -1
    }
}
