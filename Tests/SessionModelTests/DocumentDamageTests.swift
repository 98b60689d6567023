import Testing

@testable import SessionModel

/// What is not as it was written is refused, never taken for something else, and never traps.
@Suite struct DocumentDamageTests {
    /// A document, how it is read, and what each of its members is.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let document: [UInt8]
        let members: String
        let read: @Sendable ([UInt8]) throws -> Void
        let readHead: (@Sendable ([UInt8]) throws -> Void)?

        var testDescription: String { name }
    }

    static let cases: [Case] = {
        guard let mission = try? Samples.mission("m").document(), let asset = try? Samples.asset("a").document() else {
            return []
        }
        return [
            Case(
                name: "mission", document: mission,
                members: """
                    id:id user_id:user status:choice name:text description:text? goal:text? success_criteria:texts
                    current_hop_id:id? created_at:time updated_at:time mission_metadata:sealed
                    """, read: { _ = try Mission(document: $0) }, readHead: nil),
            Case(
                name: "hop", document: Samples.hop("h").document(),
                members: """
                    id:id mission_id:id sequence_order:integer status:choice name:text description:text? goal:text?
                    rationale:text? success_criteria:texts is_final:flag is_resolved:flag error_message:text?
                    intended_input_asset_ids:ids intended_output_asset_ids:ids created_at:time updated_at:time
                    hop_metadata:sealed
                    """, read: { _ = try Hop(document: $0) }, readHead: { _ = try MissionTree.HopEntry(document: $0) }),
            Case(
                name: "tool step", document: Samples.step("s").document(),
                members: """
                    id:id hop_id:id tool_id:text sequence_order:integer status:choice name:text description:text?
                    parameter_mapping:object result_mapping:object resource_configs:object validation_errors:texts
                    execution_result:json? error_message:text? created_at:time updated_at:time started_at:time?
                    completed_at:time?
                    """, read: { _ = try ToolStep(document: $0) },
                readHead: { _ = try MissionTree.StepEntry(document: $0) }),
            Case(
                name: "asset", document: asset,
                members: """
                    id:id user_id:user scope_type:choice scope_id:id name:text description:text?
                    schema_definition:object subtype:text? status:choice role:choice content_summary:text?
                    asset_metadata:sealed created_at:time updated_at:time
                    """, read: { _ = try Asset(document: $0, in: Samples.mission) },
                readHead: { _ = try MissionTree.AssetEntry(document: $0) }),
        ]
    }()

    /// Values, and the kinds of member that they may be.
    private static let values: [(json: String, kinds: Set<String>)] = [
        ("null", ["text?", "id?", "time?", "json?"]), ("true", ["flag", "json?"]), ("false", ["flag", "json?"]),
        ("7", ["integer", "user", "json?"]), ("-7", ["integer", "user", "json?"]),
        ("99999999999999999999", ["user", "json?"]),
        (#""""#, ["text", "text?", "json?"]), (#""x""#, ["text", "text?", "user", "json?"]),
        (#""7""#, ["text", "text?", "user", "json?"]), (#""AQ==""#, ["text", "text?", "user", "sealed", "json?"]),
        (#""AQ=""#, ["text", "text?", "user", "json?"]), ("[]", ["texts", "ids", "json?"]),
        (#"["x"]"#, ["texts", "json?"]), (#"["x",7]"#, ["json?"]), ("[null]", ["json?"]), ("[[]]", ["json?"]),
        (#"{"a":1}"#, ["object", "json?"]), ("{}", ["object", "sealed", "json?"]),
    ]

    private func members(_ one: Case) throws -> [(key: String, json: String)] {
        try JSONTape(one.document).root.members.map { ($0.key, String(decoding: $0.value.raw, as: UTF8.self)) }
    }

    private func document(_ members: [(key: String, json: String)]) -> [UInt8] {
        Array("{\(members.map { "\"\($0.key)\":\($0.json)" }.joined(separator: ","))}".utf8)
    }

    @Test(arguments: cases) func aMemberThatIsMissingIsFoundOut(_ one: Case) throws {
        let members = try members(one)
        try one.read(document(members))
        for index in members.indices {
            var less = members
            less.remove(at: index)
            #expect(throws: DocumentError.self, "without \(members[index].key)") { try one.read(document(less)) }
        }
    }

    @Test(arguments: cases) func aMemberOfAnotherKindIsFoundOut(_ one: Case) throws {
        let members = try members(one)
        var kinds: [String: String] = [:]
        for word in one.members.split(whereSeparator: \.isWhitespace) {
            let parts = word.split(separator: ":")
            kinds[String(parts[0])] = String(parts[1])
        }
        #expect(Set(kinds.keys) == Set(members.map(\.key)))
        for (index, member) in members.enumerated() {
            let kind = try #require(kinds[member.key])
            for value in Self.values {
                var altered = members
                altered[index].json = value.json
                let isRead = (try? one.read(document(altered))) != nil
                #expect(isRead == value.kinds.contains(kind), "\(member.key): \(value.json)")
            }
        }
    }

    @Test(arguments: ["7.5", "1e3", "-0.0", "9223372036854775808"]) func aSequenceIsAWholeNumber(_ number: String)
        throws
    {
        for one in Self.cases.filter({ $0.members.contains("sequence_order") }) {
            let altered = try members(one).map { ($0.key, $0.key == "sequence_order" ? number : $0.json) }
            #expect(throws: DocumentError.self) { try one.read(document(altered)) }
        }
    }

    /// Ids of users that are no canonical integers are written as strings.
    @Test(arguments: ["7.5", "1e3", "-0", "1E400"]) func aNumberThatNoUserIsWrittenAsIsNone(_ number: String) throws {
        let one = try #require(Self.cases.first)
        let altered = try members(one).map { ($0.key, $0.key == "user_id" ? number : $0.json) }
        #expect(throws: DocumentError.self) { try one.read(document(altered)) }
    }

    @Test(arguments: cases) func whatIsCutOrNoObjectIsRefused(_ one: Case) {
        for end in one.document.indices {
            #expect(throws: DocumentError.self) { try one.read(Array(one.document[..<end])) }
        }
        for text in ["[]", "null", "7", "\"\"", "{}", String(decoding: one.document, as: UTF8.self) + "x"] {
            #expect(throws: DocumentError.self) { try one.read(Array(text.utf8)) }
        }
        guard let readHead = one.readHead else { return }
        for text in ["", "[]", "null", "{}", #"{"id":""#, "{\"id\":\"\(Samples.hop)\""] {
            #expect(throws: DocumentError.self) { try readHead(Array(text.utf8)) }
        }
    }

    @Test(arguments: cases) func alteredBytesNeverTrap(_ one: Case) {
        for place in one.document.indices {
            for value in Array("\"{}\\,0".utf8) + [0, 0xff] {
                var altered = one.document
                altered[place] = value
                try? one.read(altered)
                try? one.readHead?(altered)
            }
        }
        for end in one.document.indices { try? one.readHead?(Array(one.document[..<end])) }
    }

    /// It came in several parts, each of which was small enough.
    @Test func aDocumentOfOurOwnMayHoldMoreValuesThanOneFromOutside() throws {
        var step = Samples.bareStep()
        step.validationErrors = (0..<JSONLimits.values).map(String.init)
        let document = step.document()
        #expect(try ToolStep(document: document) == step)
        #expect(throws: JSONError.self) { try JSONTape(document) }
        #expect(try JSONTape(stored: document).root.kind == .object)
    }
}
