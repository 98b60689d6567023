import FoundationEssentials

@testable import SessionModel

/// Has Foundation decode a text that the scanner accepted, and compares value by value.
struct Expected: Decodable {
    /// What is to be decoded next; fuzzing has one thread.
    private nonisolated(unsafe) static var next: JSONValue?
    private static let decoder = JSONDecoder()

    /// What differs; nil: nothing.
    static func decode(_ tape: JSONTape) -> String? {
        next = tape.root
        do {
            _ = try decoder.decode(Expected.self, from: Data(tape.bytes))
            return nil
        } catch let error as Difference {
            return error.text
        } catch {
            return "\(error)"
        }
    }

    private struct Difference: Error { let text: String }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        guard let value = Self.next else { return }
        switch value.kind {
        case .object:
            let container = try decoder.container(keyedBy: Key.self)
            let keys = value.members.map(\.key)
            // To Foundation two keys that Unicode calls equivalent are one.
            guard Set(keys).count == keys.count else { return }
            guard container.allKeys.count == keys.count else { throw Difference(text: "another number of members") }
            for (key, member) in value.members {
                Self.next = member
                _ = try container.decode(Expected.self, forKey: Key(stringValue: key))
            }
        case .array:
            var container = try decoder.unkeyedContainer()
            for element in value.elements {
                Self.next = element
                _ = try container.decode(Expected.self)
            }
            guard container.isAtEnd else { throw Difference(text: "more elements") }
        case .string:
            let text = try decoder.singleValueContainer().decode(String.self)
            guard text.utf8.elementsEqual((value.string ?? "").utf8) else { throw Difference(text: "another text") }
        case .number:
            // It refuses what does not fit into a Double; that it is a number at all it has seen before.
            guard let number = Double(String(decoding: value.raw, as: UTF8.self)), number.isFinite else { return }
            let read = try? decoder.singleValueContainer().decode(Double.self)
            guard read == nil || read == number else { throw Difference(text: "another number") }
        case .true, .false:
            let isTrue = try decoder.singleValueContainer().decode(Bool.self)
            guard isTrue == value.isTrue else { throw Difference(text: "true or false") }
        case .null:
            guard try decoder.singleValueContainer().decodeNil() else { throw Difference(text: "not null") }
        }
    }
}
