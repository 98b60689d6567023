import SessionModel

/// Collects everything that is wrong with a body, so that its writer learns of all of it at once.
///
/// Each reading function notes a fault and answers nil where a value is not what it must be.
struct BodyFaults {
    private(set) var faults: [Problem.Fault] = []
    private var isTooLarge = false

    mutating func note(_ pointer: String, _ detail: String) {
        guard faults.count < APILimits.reportedFaults else { return }
        faults.append(Problem.Fault(pointer: pointer, detail: detail))
    }

    mutating func noteTooLarge(_ pointer: String, limit: Int) {
        isTooLarge = true
        note(pointer, "must not be longer than \(limit) bytes")
    }

    mutating func noteUnknown(_ key: String, in parent: String) {
        note("\(parent)/\(JSONPointer.escape(key))", "is not a field here")
    }

    /// Throws what was found: 413 if anything was too large, else 422.
    func check() throws(Problem) {
        guard !faults.isEmpty else { return }
        var problem =
            isTooLarge ? Problem(413, "A part of the body is too large.") : Problem(422, "The body breaks a rule.")
        problem.faults = faults
        throw problem
    }

    mutating func text(_ value: JSONValue, at pointer: String) -> String? {
        guard let text = value.string else {
            note(pointer, "must be a string")
            return nil
        }
        guard !value.holdsNUL else {
            note(pointer, "must not contain NUL")
            return nil
        }
        return text
    }

    mutating func text(_ value: JSONValue, at pointer: String, bytes limit: Int) -> String? {
        guard let text = text(value, at: pointer) else { return nil }
        guard text.utf8.count <= limit else {
            noteTooLarge(pointer, limit: limit)
            return nil
        }
        return text
    }

    mutating func name(_ value: JSONValue, at pointer: String) -> String? {
        guard let text = text(value, at: pointer) else { return nil }
        guard SessionName.isValid(text) else {
            note(
                pointer,
                text.isEmpty ? "must not be empty" : "must not be longer than \(SessionName.longest) characters")
            return nil
        }
        return text
    }

    /// Null, which takes away what was there, or what `read` makes of the value. Nil where it is neither.
    mutating func optional<Value>(
        _ value: JSONValue, _ read: (inout BodyFaults) -> Value?
    ) -> Value?? {
        if value.kind == .null { return .some(nil) }
        return read(&self).map { .some($0) }
    }

    /// A text of a mission.
    mutating func missionText(_ value: JSONValue, at pointer: String) -> String? {
        text(value, at: pointer, bytes: APILimits.missionTextBytes)
    }

    /// At most ``APILimits/missionTexts`` texts of a mission.
    mutating func texts(_ value: JSONValue, at pointer: String) -> [String]? {
        list(value, at: pointer, of: "strings", most: APILimits.missionTexts) { element, pointer, faults in
            faults.missionText(element, at: pointer)
        }
    }

    /// Ids of assets, which need not exist.
    mutating func assetIDs(_ value: JSONValue, at pointer: String) -> [AssetID]? {
        list(value, at: pointer, of: "ids", most: APILimits.intendedAssets) { element, pointer, faults in
            faults.identifier(element, at: pointer)
        }
    }

    mutating func list<Value>(
        _ value: JSONValue, at pointer: String, of what: String, most: Int,
        _ read: (JSONValue, String, inout BodyFaults) -> Value?
    ) -> [Value]? {
        guard value.kind == .array else {
            note(pointer, "must be an array of \(what)")
            return nil
        }
        var values: [Value] = []
        var count = 0
        for element in value.elements {
            guard count < most else {
                note(pointer, "must not hold more than \(most) \(what)")
                return nil
            }
            if let value = read(element, "\(pointer)/\(count)", &self) { values.append(value) }
            count += 1
        }
        return values
    }

    mutating func flag(_ value: JSONValue, at pointer: String) -> Bool? {
        guard value.kind == .true || value.kind == .false else {
            note(pointer, "must be true or false")
            return nil
        }
        return value.isTrue
    }

    /// Any JSON value, in the client's own bytes. What counts of a string is its text.
    mutating func anything(_ value: JSONValue, at pointer: String, bytes limit: Int) -> [UInt8]? {
        guard !value.holdsNUL else {
            note(pointer, "must not contain NUL")
            return nil
        }
        guard value.string?.utf8.count ?? value.raw.count <= limit else {
            noteTooLarge(pointer, limit: limit)
            return nil
        }
        return Array(value.raw)
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ value: JSONValue, at pointer: String, of type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text(value, at: pointer) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            note(pointer, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return choice
    }

    mutating func identifier<Kind>(_ value: JSONValue, at pointer: String) -> Identifier<Kind>? {
        guard let text = text(value, at: pointer) else { return nil }
        guard let id = Identifier<Kind>(text.utf8) else {
            note(pointer, "must be a lower-case UUID")
            return nil
        }
        return id
    }

    /// A free-form object, in the client's own bytes.
    mutating func metadata(_ value: JSONValue, at pointer: String, limits: APILimits) -> [UInt8]? {
        guard isMetadata(value, at: pointer, limits: limits) else { return nil }
        return Array(value.raw)
    }

    mutating func isMetadata(_ value: JSONValue, at pointer: String, limits: APILimits) -> Bool {
        guard value.kind == .object else {
            note(pointer, "must be an object")
            return false
        }
        guard value.raw.count <= limits.metadataBytes else {
            noteTooLarge(pointer, limit: limits.metadataBytes)
            return false
        }
        guard !value.holdsNUL else {
            note(pointer, "must not contain NUL")
            return false
        }
        return true
    }
}

enum JSONPointer {
    /// One reference token (RFC 6901, section 3).
    static func escape(_ key: String) -> String {
        var output = ""
        for scalar in key.unicodeScalars.prefix(APILimits.pointerStepLength) {
            switch scalar {
            case "~": output += "~0"
            case "/": output += "~1"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
