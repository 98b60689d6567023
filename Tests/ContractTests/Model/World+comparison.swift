import SessionTesting

extension World {
    /// A session as the service shows it, as the model has it.
    static func session(_ json: JSON) throws -> Session {
        var session = Session(name: try json["name"].text(), status: try json["status"].text())
        session.version = json["version"].int ?? 0
        session.mission = json["mission_id"].string
        for key in json["session_metadata"].keys { session.metadata[key] = json["session_metadata"][key].int }
        session.messages = try json["chat"]["messages"].elements.map { try $0["content"].text() }
        return session
    }

    /// A mission's tree as the service shows it, as the model has it, but for contents. Throws where its numbers have gaps.
    static func mission(_ json: JSON) throws -> Mission {
        var mission = Mission(
            name: try json["name"].text(), status: try json["status"].text(), version: json["version"].int ?? 0,
            current: json["current_hop_id"].string, metadata: json["mission_metadata"]["n"].int ?? 0)
        for (place, hop) in json["hops"].elements.enumerated() {
            var read = Hop(
                id: try hop["id"].text(), name: try hop["name"].text(), status: try hop["status"].text(),
                metadata: hop["hop_metadata"]["n"].int ?? 0, isResolved: hop["is_resolved"] == .bool(true))
            for (place, step) in hop["tool_steps"].elements.enumerated() {
                read.steps.append(
                    Step(
                        id: try step["id"].text(), name: try step["name"].text(), status: try step["status"].text(),
                        isStarted: step["started_at"] != .null, isCompleted: step["completed_at"] != .null))
                guard step["sequence_order"].int == place + 1 else { throw TestingError("a gap in \(json)") }
            }
            guard hop["sequence_order"].int == place + 1 else { throw TestingError("a gap in \(json)") }
            mission.hops.append(read)
        }
        for asset in json["assets"].elements {
            let hop = asset["scope_type"] == .string("hop") ? asset["scope_id"].string : nil
            mission.assets[try asset["id"].text()] = Asset(
                name: try asset["name"].text(), role: try asset["role"].text(), hop: hop,
                status: try asset["status"].text())
        }
        return mission
    }
}

extension World.Mission {
    /// What a tree shows of it.
    var shown: World.Mission {
        var copy = self
        copy.session = nil
        for id in copy.assets.keys { copy.assets[id]?.content = nil }
        return copy
    }
}
