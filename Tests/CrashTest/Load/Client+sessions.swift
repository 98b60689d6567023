import SessionTesting

extension Client {
    mutating func open() async {
        if let id = await create(unique("session"), user, sender) { own = Own(id: id) }
    }

    /// A new chat for the whole group.
    mutating func openChat() async {
        if let id = await create(unique("chat"), sharedUser, sharedSender) {
            site.setChat(number / Self.perChat, id)
        }
    }

    private mutating func create(_ name: String, _ user: String, _ sender: Sender) async -> String? {
        struct Created: Decodable {
            struct Session: Decodable { var id: String }
            var session: Session
            enum CodingKeys: String, CodingKey { case session = "user_session" }
        }
        let request = Request(
            method: "POST", path: "/sessions/", body: #"{"name":"\#(name)","session_metadata":{"made":1}}"#, key: name)
        site.ledger.tries(name)
        let effects: [Effect] = [
            .set(register: "name", value: name), .set(register: "status", value: "active"),
            .set(register: "mission", value: ""), .set(register: "metadata.made", value: "1"),
        ]
        let ledger = site.ledger
        let outcome = await write(request, on: nil, sender, effects: effects) { answer in
            let id = try answer.http.decode(Created.self).session.id
            ledger.created(
                id, .session, name: name, user: user, try answer.write(effects), isReplay: answer.isReplay)
        }
        guard case .done(let answer) = outcome else { return nil }
        return try? answer.http.decode(Created.self).session.id
    }

    mutating func append(to id: String, _ sender: Sender, messages: ClosedRange<Int>) async {
        struct Message: Decodable {
            var sequence: Int
            enum CodingKeys: String, CodingKey { case sequence = "sequence_order" }
        }
        struct One: Decodable { var message: Message }
        struct Several: Decodable { var messages: [Message] }
        let contents = (0..<Int.random(in: messages, using: &generator)).map { _ in unique("message") }
        let bodies = contents.map { #"{"role":"user","content":"\#($0)"}"# }
        let body = bodies.count == 1 ? bodies[0] : #"{"messages":[\#(bodies.joined(separator: ","))]}"#
        let request = Request(method: "POST", path: "/sessions/\(id)/messages", body: body, key: contents[0])
        func effect(_ first: Int) -> Effect { .append(list: "messages", first: first, items: contents) }
        let ledger = site.ledger
        let outcome = await write(request, on: id, sender, effects: [effect(0)]) { answer in
            let first =
                bodies.count == 1
                ? try answer.http.decode(One.self).message.sequence
                : try answer.http.decode(Several.self).messages.first?.sequence
            ledger.acknowledged(id, try answer.write([effect(first ?? 0)]), isReplay: answer.isReplay)
        }
        if case .refused = outcome { drop(id) }
    }

    /// A key that no other client writes.
    mutating func merge(_ id: String, _ sender: Sender) async {
        count += 1
        let body = #"{"session_metadata":{"c\#(number)":\#(count)}}"#
        await change(
            id, sender, Request(method: "PATCH", path: "/sessions/\(id)", body: body),
            [.set(register: "metadata.c\(number)", value: "\(count)")])
    }

    mutating func replaceMetadata(_ id: String) async {
        count += 1
        await change(
            id, sender,
            Request(method: "PUT", path: "/sessions/\(id)", body: #"{"session_metadata":{"put":\#(count)}}"#),
            [.replace(prefix: "metadata.", values: ["metadata.put": "\(count)"])])
    }

    mutating func rename(_ id: String) async {
        let name = unique("name")
        await change(
            id, sender, Request(method: "PUT", path: "/sessions/\(id)", body: #"{"name":"\#(name)"}"#),
            [.set(register: "name", value: name)])
    }

    mutating func complete(_ own: Own) async {
        await change(
            own.id, sender, Request(method: "POST", path: "/sessions/\(own.id)/complete"),
            [.set(register: "status", value: "completed")], doneBy: 409)
        self.own?.isCompleted = true
    }

    mutating func resume(_ own: Own) async {
        self.own?.isCompleted = false
        await change(
            own.id, sender, Request(method: "POST", path: "/sessions/\(own.id)/resume"),
            [.set(register: "status", value: "active")], doneBy: 409)
    }

    /// These have no key: one that is repeated after an unknown outcome happens twice, with the same effect, or is refused
    /// because it happened.
    private mutating func change(
        _ id: String, _ sender: Sender, _ request: Request, _ effects: [Effect], doneBy: Int? = nil
    ) async {
        let ledger = site.ledger
        let outcome = await write(request, on: id, sender, effects: effects, doneBy: doneBy) { answer in
            ledger.acknowledged(id, try answer.write(effects), isReplay: answer.isReplay)
        }
        if case .refused = outcome { drop(id) }
    }

    mutating func delete(_ id: String) async {
        own = nil
        site.ledger.deletionTried(id)
        let ledger = site.ledger
        _ = await write(
            Request(method: "DELETE", path: "/sessions/\(id)"), on: id, sender, effects: [], doneBy: 404
        ) { answer in ledger.deleted(id, try answer.write([])) }
    }

    /// What was refused is not written to any more.
    private mutating func drop(_ id: String) {
        if own?.id == id { own = nil } else { refusedChat = id }
    }
}
