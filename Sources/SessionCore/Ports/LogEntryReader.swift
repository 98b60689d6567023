import SessionModel

/// Takes an entry apart, field by field, and refuses what is left over.
struct LogEntryReader {
    /// Few, but for a mission's: looking through them costs less than a dictionary.
    private let fields: [LogEntry.Field]
    /// Which of them are taken, by their places.
    private var isTaken: [Bool]
    private var messages: [[UInt8]] = []

    init(_ entry: LogEntry) {
        fields = entry.fields
        isTaken = [Bool](repeating: false, count: fields.count)
        for (place, field) in fields.enumerated() where field.name == "m" {
            messages.append(field.value)
            isTaken[place] = true
        }
    }

    private func place(_ name: String) -> Int? {
        for place in fields.indices where !isTaken[place] && fields[place].name == name { return place }
        return nil
    }

    mutating func optional(_ name: String) -> [UInt8]? {
        guard let place = place(name) else { return nil }
        isTaken[place] = true
        return fields[place].value
    }

    mutating func demanded(_ name: String) throws(ChangeError) -> [UInt8] {
        guard let value = optional(name) else { throw ChangeError(description: "no field \(name)") }
        return value
    }

    mutating func text(_ name: String) throws(ChangeError) -> String {
        guard let text = try optionalText(name) else { throw ChangeError(description: "no field \(name)") }
        return text
    }

    mutating func optionalText(_ name: String) throws(ChangeError) -> String? {
        guard let value = optional(name) else { return nil }
        guard let text = String(utf8: value) else {
            throw ChangeError(description: "\(name) is not UTF-8")
        }
        return text
    }

    mutating func integer(_ name: String) throws(ChangeError) -> Int64 {
        guard let value = Int64(try text(name)) else { throw ChangeError(description: "\(name) is not a number") }
        return value
    }

    mutating func identifier<Kind>(_ name: String) throws(ChangeError) -> Identifier<Kind> {
        guard let value = Identifier<Kind>(try text(name)) else {
            throw ChangeError(description: "\(name) is not an id")
        }
        return value
    }

    mutating func user() throws(ChangeError) -> UserID {
        guard let user = UserID(try text("user_id")) else { throw ChangeError(description: "user_id is not one") }
        return user
    }

    func has(_ name: String) -> Bool { place(name) != nil }

    /// Of an entry that is about a mission alone.
    mutating func aloneMission(_ kind: MissionChange.Kind) throws(ChangeError) -> MissionChange {
        let change = try mission(kind, user: try user())
        _ = try integer("at")
        return change
    }

    mutating func mission(_ kind: MissionChange.Kind, user: UserID) throws(ChangeError) -> MissionChange {
        var change = MissionChange(
            kind: kind, id: try identifier("mid"), userID: user, version: try integer("mission_version"), parts: [:])
        for (place, field) in fields.enumerated() where !isTaken[place] {
            guard let part = MissionPart(field.name) else { continue }
            isTaken[place] = true
            guard change.parts.updateValue(field.value, forKey: part) == nil else { throw Self.twice(field.name) }
        }
        switch kind {
        case .creation where change.parts[.mission] == nil: throw ChangeError(description: "no field mission")
        case .deletion where !change.parts.isEmpty: throw ChangeError(description: "parts of a mission that is gone")
        case .creation, .amendment, .deletion, .resealing: return change
        }
    }

    mutating func sessionChange(
        creates: Bool, mission kind: MissionChange.Kind
    ) throws(ChangeError) -> SessionChange {
        let user = try user()
        let mission = has("mid") ? try mission(kind, user: user) : nil
        _ = optional("unlinked")
        var change = SessionChange(
            id: try identifier("sid"), userID: user, creates: creates, version: try integer("version"),
            at: Timestamp(milliseconds: try integer("at")),
            lastActivityAt: Timestamp(milliseconds: try integer("last_activity_at")), name: try optionalText("name"),
            firstSequence: messages.isEmpty ? 0 : try integer("first"), messages: messages, mission: mission)
        if let status = try optionalText("status") {
            guard let status = SessionStatus(rawValue: status) else {
                throw ChangeError(description: "unknown status")
            }
            change.status = status
        }
        if let text = try optionalText("mission_id") {
            if text.isEmpty {
                change.missionID = .some(nil)
            } else {
                guard let id = MissionID(text) else { throw ChangeError(description: "mission_id is not an id") }
                change.missionID = .some(id)
            }
        }
        change.sealedMetadata = optional("metadata")
        if has("abandoned_at") {
            change.abandonedAt = Timestamp(milliseconds: try integer("abandoned_at"))
        }
        messages = []
        return change
    }

    mutating func finish() throws(ChangeError) {
        _ = optional("idem")
        for (place, field) in fields.enumerated() where !isTaken[place] {
            let isKnown = fields.indices.contains { isTaken[$0] && fields[$0].name == field.name }
            throw isKnown
                ? Self.twice(field.name) : ChangeError(description: "unknown field \(field.name.debugDescription)")
        }
        if !messages.isEmpty { throw ChangeError(description: "messages in an entry of another kind") }
    }

    private static func twice(_ name: String) -> ChangeError {
        ChangeError(description: "field \(name.debugDescription) stands twice")
    }
}
