/// What the contract says a JSON value looks like: every member, no other, each of its type and format.
indirect enum Shape: Sendable {
    case null, flag, integer, text, uuid, time, anything
    /// A free-form object.
    case metadata
    case one(of: [String])
    case either(Shape, Shape)
    case list(Shape)
    case object([String: Shape])

    /// Where a value differs; empty where it doesn't.
    func faults(in value: JSON, at path: String = "") -> [String] {
        switch (self, value) {
        case (.anything, _), (.null, .null), (.flag, .bool), (.text, .string), (.metadata, .object): return []
        case (.integer, .number) where value.int != nil: return []
        case (.uuid, .string(let text)) where text.wholeMatch(of: Self.uuidPattern) != nil: return []
        case (.time, .string(let text)) where text.wholeMatch(of: Self.timePattern) != nil: return []
        case (.one(let choices), .string(let text)) where choices.contains(text): return []
        case (.either(let first, let second), _):
            let faults = first.faults(in: value, at: path)
            return faults.isEmpty || second.faults(in: value, at: path).isEmpty ? [] : faults
        case (.list(let shape), .array(let elements)):
            return elements.enumerated().flatMap { shape.faults(in: $1, at: "\(path)/\($0)") }
        case (.object(let shapes), .object(let members)):
            let missing = Set(shapes.keys).subtracting(members.keys).map { "\(path)/\($0) is missing" }
            let others = Set(members.keys).subtracting(shapes.keys).map { "\(path)/\($0) is too much" }
            let inside = shapes.flatMap { key, shape in
                members[key].map { shape.faults(in: $0, at: "\(path)/\(key)") } ?? []
            }
            return missing + others + inside
        case (.null, _), (.flag, _), (.integer, _), (.text, _), (.uuid, _), (.time, _), (.metadata, _), (.one, _),
            (.list, _), (.object, _):
            return ["\(path) is \(value)"]
        }
    }

    nonisolated(unsafe) private static let uuidPattern =
        /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
    nonisolated(unsafe) private static let timePattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/
}

extension Shape {
    private static let userID = either(.integer, .text)

    private static func sessionFields(_ status: String) -> [String: Shape] {
        var fields: [String: Shape] = [
            "id": .uuid, "user_id": userID, "name": .text, "status": .one(of: [status]), "chat_id": .uuid,
            "mission_id": .either(.uuid, .null), "session_metadata": .metadata, "version": .integer,
            "message_count": .integer, "created_at": .time, "updated_at": .time, "last_activity_at": .time,
        ]
        if status == "active" { fields["abandons_at"] = .time }
        if status == "abandoned" { fields["abandoned_at"] = .time }
        return fields
    }

    /// Without chat and mission.
    static func session(_ status: String) -> Shape { .object(sessionFields(status)) }

    static func wholeSession(_ status: String) -> Shape {
        .object(
            sessionFields(status).merging([
                "chat": .chat(hasMore: true), "mission": .either(.mission, .null),
            ]) { $1 })
    }

    static func chat(hasMore: Bool) -> Shape {
        var fields: [String: Shape] = [
            "id": .uuid, "user_session_id": .uuid, "title": .either(.text, .null), "chat_metadata": .metadata,
            "created_at": .time, "updated_at": .time, "messages": .list(.message),
        ]
        if hasMore { fields["has_more"] = .flag }
        return .object(fields)
    }

    static let message = Shape.object([
        "id": .uuid, "chat_id": .uuid, "sequence_order": .integer,
        "role": .one(of: ["user", "assistant", "system", "tool", "status"]), "content": .text,
        "message_metadata": .metadata, "created_at": .time, "updated_at": .time,
    ])

    static let sessionPage = Shape.object([
        "sessions": .list(
            .either(
                .either(.session("active"), .session("completed")),
                .either(.session("abandoned"), .session("archived")))),
        "total": .integer, "page": .either(.integer, .null), "per_page": .integer,
        "next_cursor": .either(.text, .null),
    ])

    /// RFC 9457, with what the contract adds.
    static func problem(_ status: Int) -> ProblemShape { ProblemShape(status: status) }
}

/// A problem document: four members always, some at times.
struct ProblemShape {
    let status: Int

    func faults(in value: JSON) -> [String] {
        var shapes: [String: Shape] = ["type": .text, "title": .text, "status": .integer, "detail": .text]
        let optional: [String: Shape] = [
            "errors": .list(.object(["pointer": .text, "detail": .text])),
            "current_status": .text,
            "current_version": .integer,
            "dependencies": .list(.object(["name": .text, "ready": .flag, "detail": .text])),
        ]
        for (key, shape) in optional where value.keys.contains(key) { shapes[key] = shape }
        return Shape.object(shapes).faults(in: value)
            + (value["status"].int == status ? [] : ["status is not \(status)"])
    }
}
