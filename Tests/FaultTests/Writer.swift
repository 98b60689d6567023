import SessionTesting

/// A client that writes one message at a time, and repeats each under its own `Idempotency-Key` until it is answered 2xx:
/// by cutting connections before the answer, by sending again what was answered, and by whatever breaks.
struct Writer {
    let stack: Stack
    let user: String
    let session: String
    let name: String
    var generator: SeededGenerator
    /// Of a hundred requests, how many are cut off before their answer, and how many answered ones are sent again.
    var cuts = 5
    var repeats = 10
    private(set) var acknowledged: [String] = []

    init(stack: Stack, user: String, session: String, name: String, generator: SeededGenerator) {
        self.stack = stack
        self.user = user
        self.session = session
        self.name = name
        self.generator = generator
    }

    /// Writes message `number` and returns once it was acknowledged, with its sequence number.
    mutating func write(_ number: Int) async throws -> Int {
        let content = "\(name) \(number)"
        if Int.random(in: 0..<100, using: &generator) < cuts {
            _ = try? await send(content, within: .microseconds(Int.random(in: 1...3000, using: &generator)))
        }
        let first = try await accepted(content)
        if Int.random(in: 0..<100, using: &generator) < repeats {
            let again = try await accepted(content)
            guard again.body == first.body, again.header("Idempotent-Replayed") == "true" else {
                throw TestingError("the repeat of \(content) was answered otherwise: \(first.text) / \(again.text)")
            }
        }
        acknowledged.append(content)
        struct Answer: Decodable {
            struct Message: Decodable {
                var sequence: Int
                var content: String
                enum CodingKeys: String, CodingKey { case content, sequence = "sequence_order" }
            }
            var message: Message
        }
        let answer = try first.decode(Answer.self)
        guard answer.message.content == content else { throw TestingError("\(content) got another's answer") }
        return answer.message.sequence
    }

    private func accepted(_ content: String) async throws -> HTTPAnswer {
        for _ in 0..<2000 {
            if let answer = try? await send(content, within: .seconds(10)) {
                if answer.status == 201 { return answer }
                guard [502, 503, 504].contains(answer.status) else {
                    throw TestingError("\(content) was refused: \(answer.status) \(answer.text)")
                }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestingError("\(content) was never accepted")
    }

    private func send(_ content: String, within limit: Duration) async throws -> HTTPAnswer {
        try await stack.http.request(
            "POST", "/api/sessions/\(session)/messages",
            headers: [
                ("Authorization", "Bearer \(stack.signer.token(user: user))"), ("Content-Type", "application/json"),
                ("Idempotency-Key", content),
            ], body: Array(#"{"role":"user","content":"\#(content)"}"#.utf8), within: limit)
    }
}

/// What was made, as far as it is asked for.
struct Made: Decodable {
    var id: String
}

extension Stack {
    /// Appends a message, once.
    func append(_ content: String, to session: String, of user: String) async throws {
        _ = try await expect(
            201, "POST", "/api/sessions/\(session)/messages", as: user,
            json: #"{"role":"user","content":"\#(content)"}"#)
    }

    func newSession(for user: String) async throws -> String {
        struct Answer: Decodable {
            struct Session: Decodable { var id: String }
            var session: Session
            enum CodingKeys: String, CodingKey { case session = "user_session" }
        }
        let answer = try await request("POST", "/api/sessions/", as: user)
        guard answer.status == 201 else { throw TestingError("no session: \(answer.status) \(answer.text)") }
        return try answer.decode(Answer.self).session.id
    }

    /// Waits until every shard's log is empty and its activity recorded, however long a slow disk takes: `limit` is how
    /// long the logs may not get any shorter.
    func flushed(shards: Int = 1, within limit: Duration = .seconds(20)) async throws {
        var left = Int.max
        while left > 0 {
            try await eventually("the log is flushed", within: limit) {
                let lengths = try (0..<shards).compactMap { try redis.command("XLEN", "sd:{\($0)}:log").int }
                let sum = lengths.reduce(0, +)
                guard lengths.count == shards, sum < left else { return false }
                left = sum
                return true
            }
        }
    }
}
