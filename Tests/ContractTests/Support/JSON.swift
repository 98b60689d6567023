import FoundationEssentials
import SessionTesting

/// Any JSON value, to look into.
enum JSON: Decodable, Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode([String: JSON].self) {
            self = .object(value)
        } else {
            self = .array(try container.decode([JSON].self))
        }
    }

    /// A member; null where there is none.
    subscript(_ key: String) -> JSON {
        if case .object(let members) = self { return members[key] ?? .null }
        return .null
    }

    subscript(_ index: Int) -> JSON { elements.indices.contains(index) ? elements[index] : .null }

    var elements: [JSON] {
        if case .array(let elements) = self { return elements }
        return []
    }

    var keys: Set<String> {
        if case .object(let members) = self { return Set(members.keys) }
        return []
    }

    var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    var int: Int? {
        if case .number(let value) = self { return Int(exactly: value) }
        return nil
    }

    func text() throws -> String {
        guard let string else { throw TestingError("not a string: \(self)") }
        return string
    }
}

extension HTTPAnswer {
    /// The body, of an answer that has this status.
    func json(_ expected: Int) throws -> JSON {
        guard status == expected else { throw TestingError("\(status), not \(expected): \(text)") }
        return try decode(JSON.self)
    }

    /// The body as a problem document, of an answer that has this status and is one in every respect; else throws.
    @discardableResult
    func problem(_ expected: Int) throws -> JSON {
        let body = try json(expected)
        let faults = Shape.problem(expected).faults(in: body)
        guard header("Content-Type") == "application/problem+json", faults.isEmpty else {
            throw TestingError("no problem document, \(faults): \(text)")
        }
        for name in ["Cache-Status", "ETag", "Write-Id", "Location"] where headers.contains(where: { $0.name == name })
        {
            throw TestingError("a refusal with \(name)")
        }
        return body
    }
}
