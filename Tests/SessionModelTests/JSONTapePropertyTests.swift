import Foundation
import SessionModel
import SessionTesting
import Testing

/// Random texts against Foundation's parser, and random damage.
@Suite struct JSONTapePropertyTests {
    @Test func readsRandomTextsAsFoundationDoes() throws {
        var random = SeededGenerator.announced()
        for _ in 0..<1500 {
            var text: [UInt8] = []
            RandomJSON.write(depth: 0, into: &text, using: &random)
            let tape = try JSONTape(text)
            let expected = try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            try expectEqual(tape.root, expected, text)
        }
    }

    private func expectEqual(_ value: JSONValue, _ expected: Any, _ text: [UInt8]) throws {
        let shown = Comment(rawValue: String(decoding: text, as: UTF8.self))
        switch value.kind {
        case .object:
            let object = try #require(expected as? [String: Any], shown)
            let members = Array(value.members)
            #expect(members.count == object.count, shown)
            for (key, member) in members { try expectEqual(member, try #require(object[key], shown), text) }
        case .array:
            let array = try #require(expected as? [Any], shown)
            let elements = Array(value.elements)
            try #require(elements.count == array.count, shown)
            for (element, expected) in zip(elements, array) { try expectEqual(element, expected, text) }
        case .string: #expect(value.string == expected as? String, shown)
        case .number:
            let number = try #require(expected as? NSNumber, shown)
            #expect(Double(String(decoding: value.raw, as: UTF8.self)) == number.doubleValue, shown)
        case .true: #expect(expected as? Bool == true, shown)
        case .false: #expect(expected as? Bool == false, shown)
        case .null: #expect(expected is NSNull, shown)
        }
    }

    @Test func damageNeverTraps() throws {
        var random = SeededGenerator.announced()
        let tokens: [[UInt8]] =
            ["\"", "\\", "\\u", "\\ud83d", "{", "}", "[", "]", ",", ":", "e", "-", "\u{0}"]
            .map { Array($0.utf8) } + [[0xff], [0xe2, 0x82], [0xf0, 0x9f], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf]]
        var accepted = 0
        for _ in 0..<8000 {
            var text: [UInt8] = []
            RandomJSON.write(depth: 3, into: &text, using: &random)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0...text.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0 where at < text.count: text[at] = UInt8.random(in: 0...255, using: &random)
                case 1 where at < text.count: text.remove(at: at)
                case 2: text.removeSubrange(at...)
                case 3: text.insert(contentsOf: tokens.randomElement(using: &random) ?? [], at: at)
                default: text.insert(UInt8.random(in: 0...255, using: &random), at: at)
                }
            }
            guard let tape = try? JSONTape(text) else { continue }
            accepted += 1
            walk(tape.root)
            let reader = try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            if !hasHugeNumber(tape.root) {
                #expect(reader != nil, "only we take \(String(decoding: text, as: UTF8.self))")
            }
        }
        #expect(accepted > 0)
    }

    private func walk(_ value: JSONValue) {
        _ = (value.string, value.raw.count, value.holdsNUL)
        for (_, member) in value.members { walk(member) }
        for element in value.elements { walk(element) }
    }

    /// Foundation turns numbers into doubles, and refuses what overflows.
    private func hasHugeNumber(_ value: JSONValue) -> Bool {
        if value.kind == .number { return Double(String(decoding: value.raw, as: UTF8.self))?.isFinite != true }
        return value.members.contains { hasHugeNumber($0.value) } || value.elements.contains { hasHugeNumber($0) }
    }
}

/// Texts that Foundation's parser reads without loss: no duplicate keys, numbers that fit into a double, and no U+FEFF,
/// which it drops after an escape as if it were a byte order mark.
enum RandomJSON {
    static func write(depth: Int, into text: inout [UInt8], using random: inout SeededGenerator) {
        space(&text, &random)
        switch Int.random(in: 0..<(depth > 5 ? 7 : 11), using: &random) {
        case 0: text += Array("null".utf8)
        case 1: text += Array("true".utf8)
        case 2: text += Array("false".utf8)
        case 3, 4: text += Array(number(&random).utf8)
        case 5, 6: string(&text, &random)
        case 7, 8:
            text.append(UInt8(ascii: "["))
            let count = Int.random(in: 0...4, using: &random)
            for index in 0..<count {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                write(depth: depth + 1, into: &text, using: &random)
            }
            space(&text, &random)
            text.append(UInt8(ascii: "]"))
        default:
            text.append(UInt8(ascii: "{"))
            let count = Int.random(in: 0...(Bool.random(using: &random) ? 3 : 12), using: &random)
            for index in 0..<count {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                space(&text, &random)
                // A number in front keeps keys apart, whatever Unicode thinks of the rest.
                string(&text, &random, prefix: "\(index)-")
                space(&text, &random)
                text.append(UInt8(ascii: ":"))
                write(depth: depth + 1, into: &text, using: &random)
            }
            space(&text, &random)
            text.append(UInt8(ascii: "}"))
        }
        space(&text, &random)
    }

    private static func number(_ random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: "\(Int64.random(in: -1000...1000, using: &random))"
        case 1: "\(Int64.random(in: .min ... .max, using: &random) >> 11)"
        case 2: "\(Int.random(in: -99...99, using: &random)).\(Int.random(in: 0...999, using: &random))"
        default: "\(Int.random(in: 1...9, using: &random))e\(Int.random(in: -20...20, using: &random))"
        }
    }

    private static func string(_ text: inout [UInt8], _ random: inout SeededGenerator, prefix: String = "") {
        text.append(UInt8(ascii: "\""))
        text += Array(prefix.utf8)
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let point = UInt32.random(
                in: 0...[0x7f, 0x7ff, 0xffff, 0x10ffff][Int.random(in: 0..<4, using: &random)], using: &random)
            guard let scalar = Unicode.Scalar(point), point != 0, point != 0xfeff else { continue }
            if Bool.random(using: &random) || point < 0x20 || point == 0x22 || point == 0x5c {
                for unit in String(Character(scalar)).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
                    text += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
                }
            } else {
                text += Array(String(Character(scalar)).utf8)
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    private static func space(_ text: inout [UInt8], _ random: inout SeededGenerator) {
        while Int.random(in: 0..<5, using: &random) == 0 {
            text.append([0x20, 0x09, 0x0a, 0x0d].randomElement(using: &random) ?? 0x20)
        }
    }
}
