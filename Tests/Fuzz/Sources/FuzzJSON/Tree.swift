@testable import SessionModel

/// A JSON value, taken apart. Texts are their bytes, a number is as it was written.
indirect enum Tree: Equatable {
    case object([[UInt8]: Tree])
    case array([Tree])
    case string([UInt8])
    /// A number, true, false or null.
    case word([UInt8])

    init(_ value: JSONValue) {
        switch value.kind {
        case .object:
            let members = value.members.map { (Array($0.key.utf8), Tree($0.value)) }
            self = .object(Dictionary(members) { _, _ in fatalError("a key twice") })
        case .array: self = .array(value.elements.map { Tree($0) })
        case .string: self = .string(Array((value.string ?? "").utf8))
        case .number, .true, .false, .null: self = .word(Array(value.raw))
        }
    }

    func write(into output: inout [UInt8]) {
        switch self {
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSONText.write(String(decoding: member.key, as: UTF8.self), into: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(into: &output)
            }
            output.append(UInt8(ascii: "}"))
        case .array(let elements): output.appendArray(elements) { $0.write(into: &$1) }
        case .string(let text): JSONText.write(String(decoding: text, as: UTF8.self), into: &output)
        case .word(let bytes): output += bytes
        }
    }

    /// The function MergePatch of RFC 7396, section 2.
    func merged(with patch: Tree) -> Tree {
        guard case .object(let changes) = patch else { return patch }
        var members: [[UInt8]: Tree] = [:]
        if case .object(let own) = self { members = own }
        for (key, change) in changes {
            members[key] = change == .word(Array("null".utf8)) ? nil : (members[key] ?? .array([])).merged(with: change)
        }
        return .object(members)
    }

    var depth: Int {
        switch self {
        case .object(let members): 1 + (members.values.map(\.depth).max() ?? 0)
        case .array(let elements): 1 + (elements.map(\.depth).max() ?? 0)
        case .string, .word: 0
        }
    }

    var count: Int {
        switch self {
        case .object(let members): members.values.reduce(1) { $0 + $1.count }
        case .array(let elements): elements.reduce(1) { $0 + $1.count }
        case .string, .word: 1
        }
    }

    var holdsNUL: Bool {
        switch self {
        case .object(let members): members.contains { $0.key.contains(0) || $0.value.holdsNUL }
        case .array(let elements): elements.contains(where: \.holdsNUL)
        case .string(let text): text.contains(0)
        case .word: false
        }
    }
}
