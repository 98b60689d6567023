import SessionTesting

extension World {
    /// What comes of an operation. Throws a ``Refusal`` where it isn't allowed, and changes nothing then.
    ///
    /// - Parameter answer: the body that the service answered: the ids of what was made.
    mutating func apply(_ operation: Operation, _ answer: JSON) throws {
        switch operation {
        case .createSession(let name): sessions[try answer["user_session"]["id"].text()] = Session(name: name)
        case .rename(let id, let name): try use(id) { $0.name = name }
        case .note(let id, let key, let value): try use(id) { $0.metadata[key] = value }
        case .append(let id, let contents): try use(id) { $0.messages += contents }
        case .move(let id, let verb): try move(id, verb)
        case .delete(let id):
            guard let session = sessions.removeValue(forKey: id) else { throw Refusal(status: 404) }
            if let mission = session.mission { missions[mission]?.session = nil }
        case .link(let id, let mission):
            try check(id)
            guard let found = missions[mission] else { throw Refusal(status: 404) }
            guard found.session == nil || found.session == id else { throw Refusal(status: 409) }
            try link(id, mission)
        case .unlink(let id): try link(id, nil)

        case .createMission(let name, let metadata, let assets, let session):
            if let session { try check(session) }
            let id = try answer["id"].text()
            var mission = Mission(name: name, metadata: metadata)
            for (given, made) in zip(assets, answer["assets"].elements) {
                mission.assets[try made["id"].text()] = Asset(name: given.name, role: given.role)
            }
            missions[id] = mission
            if let session { try link(session, id) }
        case .deleteMission(let id):
            guard let mission = missions.removeValue(forKey: id) else { throw Refusal(status: 404) }
            if let session = mission.session {
                sessions[session]?.mission = nil
                sessions[session]?.version += 1
            }
        case .describe(let id, _, _), .moveMission(let id, _), .addHop(let id, _, _, _), .describeHop(let id, _, _),
            .moveHop(let id, _, _), .deleteHop(let id, _), .addStep(let id, _, _), .describeStep(let id, _, _, _),
            .moveStep(let id, _, _, _), .deleteStep(let id, _, _), .addAsset(let id, _, _, _, _), .fill(let id, _, _),
            .moveAsset(let id, _, _), .deleteAsset(let id, _):
            guard var mission = missions[id] else { throw Refusal(status: 404) }
            try mission.apply(operation, answer)
            mission.version += 1
            missions[id] = mission
        }
    }

    // MARK: sessions

    private func check(_ id: String) throws {
        guard let session = sessions[id] else { throw Refusal(status: 404) }
        guard session.status == "active" else { throw Refusal(status: 409) }
    }

    private mutating func use(_ id: String, _ change: (inout Session) -> Void) throws {
        try check(id)
        guard var session = sessions[id] else { return }
        change(&session)
        session.version += 1
        sessions[id] = session
    }

    private mutating func link(_ id: String, _ mission: String?) throws {
        try check(id)
        if let before = sessions[id]?.mission { missions[before]?.session = nil }
        if let mission { missions[mission]?.session = id }
        try use(id) { $0.mission = mission }
    }

    private mutating func move(_ id: String, _ verb: String) throws {
        guard var session = sessions[id] else { throw Refusal(status: 404) }
        let moves: [String: (from: [String], to: String)] = [
            "complete": (["active"], "completed"), "archive": (["active", "completed"], "archived"),
            "resume": (["completed", "archived"], "active"),
        ]
        guard let move = moves[verb], move.from.contains(session.status) else { throw Refusal(status: 409) }
        session.status = move.to
        session.version += 1
        sessions[id] = session
    }
}
