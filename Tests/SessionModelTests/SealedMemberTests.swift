import SessionModel
import Testing

@Suite struct SealedMemberTests {
    private static let field = Mission.metadataField

    @Test(arguments: Samples.texts) func theHoleIsFoundWhateverStandsBeforeIt(_ text: String) throws {
        for size in 1...70 {
            let envelope = [UInt8](repeating: UInt8(size), count: size)
            let document = try Samples.mission(text, sealed: envelope).document()
            let split = try #require(SealedMember.split(document, Self.field))
            #expect(split.envelope == envelope)
            #expect(document[split.open.endIndex...].starts(with: #","mission_metadata":""#.utf8))
            #expect(try JSONTape(Array(split.open) + [UInt8(ascii: "}")]).root.kind == .object)
        }
        let split = try #require(SealedMember.split(try Samples.mission(text, sealed: nil).document(), Self.field))
        #expect(split.envelope == nil)
        #expect(try JSONTape(Array(split.open) + [UInt8(ascii: "}")]).root["mission_metadata"] == nil)
    }

    @Test(arguments: Samples.texts, [nil, [1], [1, 2], [1, 2, 3]] as [[UInt8]?])
    func whatIsCutIsRefused(_ text: String, _ envelope: [UInt8]?) throws {
        let document = try Samples.mission(text, sealed: envelope).document()
        for end in document.indices {
            #expect(SealedMember.split(Array(document[..<end]), Self.field) == nil, "\(end) of \(document.count)")
        }
    }

    /// Whatever is altered, what comes of it is a hole of the right name with a value of the right kind, or nothing.
    @Test(arguments: [nil, [1], [1, 2], [0xff, 2, 3, 4]] as [[UInt8]?])
    func whatIsAlteredIsRefusedOrStillWhole(_ envelope: [UInt8]?) throws {
        let document = try Samples.mission("m", sealed: envelope).document()
        var broken: [String] = []
        var values = Array("\"{}[],:\\ A=/+u0".utf8) + [0, 0x7f, 0x80, 0xff]
        for place in document.indices {
            values[0] = document[place] ^ 1
            for value in values {
                var altered = document
                altered[place] = value
                guard let split = SealedMember.split(altered, Self.field) else { continue }
                let member = Array(altered[split.open.endIndex...])
                let start = Array(#","mission_metadata":"#.utf8)
                let isWhole = member.starts(with: start) && isValue(member.dropFirst(start.count).dropLast())
                if !isWhole || altered.last != UInt8(ascii: "}") {
                    broken.append("byte \(place): \(String(decoding: member, as: UTF8.self))")
                }
            }
        }
        #expect(broken.isEmpty)
    }

    private func isValue(_ value: ArraySlice<UInt8>) -> Bool {
        guard !value.elementsEqual("{}".utf8) else { return true }
        let inner = value.dropFirst().dropLast()
        let digits = inner.prefix { $0 != UInt8(ascii: "=") }
        return value.first == UInt8(ascii: "\"") && value.last == UInt8(ascii: "\"") && inner.count % 4 == 0
            && inner.count - digits.count <= 2
            && digits.allSatisfy { byte in
                let character = Character(Unicode.Scalar(byte))
                return character.isASCII && (character.isLetter || character.isNumber || "+/".contains(character))
            }
    }

    @Test func anotherFieldsHoleIsNotThisOnes() throws {
        let document = try Samples.mission("m").document()
        #expect(SealedMember.split(document, Hop.metadataField) == nil)
        #expect(SealedMember.split(document, "metadata") == nil)
        #expect(SealedMember.split(document, "") == nil)
    }

    @Test func theShortestTextsNeverTrap() {
        let alphabet = Array("{}\",:fA=".utf8)
        var texts: [[UInt8]] = [[]]
        for _ in 0..<5 {
            for text in texts { #expect(SealedMember.split(text, "f") == nil) }
            texts = texts.flatMap { text in alphabet.map { text + [$0] } }
        }
    }
}
