import FoundationEssentials
import SessionTesting

/// Somebody with a token of their own, in front of a stack.
struct Person: Sendable {
    let stack: Stack
    let id: String
    let token: String

    init(_ stack: Stack, id: String = "person-\(UUID().uuidString.lowercased())") {
        self.stack = stack
        self.id = id
        token = stack.signer.token(user: id)
    }

    /// - Parameters:
    ///   - path: behind `/api`.
    ///   - json: the body, sent as `application/json` unless `headers` say otherwise.
    @discardableResult
    func send(
        _ method: String, _ path: String, _ json: String? = nil, _ headers: [(String, String)] = []
    ) async throws -> HTTPAnswer {
        try await stack.request(
            method, "/api" + path, json: json, headers: [("Authorization", "Bearer \(token)")] + headers)
    }

    func get(_ path: String, _ headers: [(String, String)] = []) async throws -> HTTPAnswer {
        try await send("GET", path, nil, headers)
    }

    @discardableResult
    func post(_ path: String, _ json: String? = nil, _ headers: [(String, String)] = []) async throws -> HTTPAnswer {
        try await send("POST", path, json, headers)
    }

    /// The id of a new session.
    func newSession(_ json: String? = nil) async throws -> String {
        let answer = try await post("/sessions/", json)
        return try answer.json(201)["user_session"]["id"].text()
    }

    /// The id of a new mission.
    func newMission() async throws -> String {
        try await post("/missions/", #"{"name":"Find out"}"#).json(201)["id"].text()
    }

    /// A session as it is, without touching it.
    func look(_ session: String) async throws -> JSON {
        try await get("/sessions/\(session)?touch=false&messages=0").json(200)
    }

    /// Appends messages with the contents `m1` … in batches, `first` being the sequence number of the first.
    func append(_ count: Int, to session: String, first: Int = 1) async throws {
        for start in stride(from: first, to: first + count, by: 100) {
            let batch = (start..<min(start + 100, first + count)).map { #"{"role":"user","content":"m\#($0)"}"# }
            let answer = try await post(
                "/sessions/\(session)/messages", #"{"messages":[\#(batch.joined(separator: ","))]}"#)
            _ = try answer.json(201)
        }
    }

    /// Waits until SQLite has the write that an answer named.
    func waitUntilDurable(_ answer: HTTPAnswer) async throws {
        guard let write = answer.header("Write-Id") else { throw TestingError("no Write-Id: \(answer.text)") }
        try await eventually("\(write) being durable", within: .seconds(30)) {
            try await get("/writes/\(write)").json(200)["durable"] == .bool(true)
        }
    }
}
