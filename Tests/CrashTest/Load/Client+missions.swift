import SessionTesting

extension Client {
    private struct Made: Decodable {
        var id: String
        var sequence: Int?
        enum CodingKeys: String, CodingKey { case id, sequence = "sequence_order" }
    }

    /// A mission, then hop after hop of three tool steps.
    mutating func work(on own: Own) async {
        guard let mission = own.mission else { return await plan(own) }
        guard let hop = mission.hop else { return await addHop(to: mission) }
        if hop.steps < 3 { return await addStep(to: hop, of: mission) }
        await cancel(hop, of: mission)
    }

    /// Linked to the session in the same write.
    private mutating func plan(_ own: Own) async {
        let name = unique("mission")
        let request = Request(
            method: "POST", path: "/missions/?session_id=\(own.id)", body: #"{"name":"\#(name)"}"#, key: name)
        site.ledger.tries(name)
        let (ledger, user) = (site.ledger, user)
        let outcome = await write(request, on: own.id, sender, effects: [], mayForget: false) { answer in
            let mission = try answer.http.decode(Made.self).id
            let write = try answer.write([
                .set(register: "name", value: name), .set(register: "status", value: "awaiting_approval"),
            ])
            ledger.created(mission, .mission, name: name, user: user, write, isReplay: answer.isReplay)
            ledger.also(
                own.id, try answer.write([.set(register: "mission", value: mission)], isVersioned: false))
        }
        guard case .done(let answer) = outcome, let id = try? answer.http.decode(Made.self).id else {
            return self.own = nil
        }
        self.own?.mission = Mission(id: id)
    }

    private mutating func addHop(to mission: Mission) async {
        let name = unique("hop")
        let made = await add(name, "hops", "/missions/\(mission.id)/hops", #"{"name":"\#(name)"}"#, to: mission)
        own?.mission = made.map { Mission(id: mission.id, hop: ($0, name, 0)) }
        if made == nil { own = nil }
    }

    private mutating func addStep(to hop: (id: String, name: String, steps: Int), of mission: Mission) async {
        let name = unique("step")
        let made = await add(
            name, "steps of \(hop.name)", "/missions/\(mission.id)/hops/\(hop.id)/tool-steps",
            #"{"name":"\#(name)","tool_id":"t"}"#, to: mission)
        own?.mission?.hop?.steps += 1
        if made == nil { own = nil }
    }

    private mutating func add(
        _ name: String, _ list: String, _ path: String, _ body: String, to mission: Mission
    ) async -> String? {
        let request = Request(method: "POST", path: path, body: body, key: name)
        let ledger = site.ledger
        let outcome = await write(
            request, on: mission.id, sender, effects: [.append(list: list, first: 0, items: [name])]
        ) { answer in
            let made = try answer.http.decode(Made.self)
            let effect = Effect.append(list: list, first: made.sequence ?? 0, items: [name])
            ledger.acknowledged(mission.id, try answer.write([effect]), isReplay: answer.isReplay)
        }
        guard case .done(let answer) = outcome else { return nil }
        return try? answer.http.decode(Made.self).id
    }

    private mutating func cancel(_ hop: (id: String, name: String, steps: Int), of mission: Mission) async {
        let effects = [Effect.set(register: "status of \(hop.name)", value: "cancelled")]
        let request = Request(
            method: "PUT", path: "/missions/\(mission.id)/hops/\(hop.id)", body: #"{"status":"cancelled"}"#)
        let ledger = site.ledger
        _ = await write(request, on: mission.id, sender, effects: effects, doneBy: 409) { answer in
            ledger.acknowledged(mission.id, try answer.write(effects), isReplay: answer.isReplay)
        }
        own?.mission?.hop = nil
    }
}
