import SessionModel
import Testing

@testable import SessionCore

@Suite struct ChangeTests {
    typealias Fields = [(String, String)]
    private static let sid = "0196f3c2-aaaa-7bbb-8ccc-000000000000"
    private static let mid = "0196f3c2-aaaa-7bbb-8ccc-000000010000"

    private static let update: Fields = [
        ("op", "use"), ("sid", sid), ("user_id", "u"), ("version", "2"), ("at", "5"), ("last_activity_at", "4"),
    ]
    private static let create: Fields =
        [("op", "create")] + update.dropFirst() + [("name", "n"), ("status", "active"), ("metadata", "")]
    private static let append: Fields =
        [("op", "append")] + update.dropFirst() + [("first", "3"), ("m", "{1}"), ("m", "{2}")]
    private static let abandon: Fields =
        [("op", "abandon")] + update.dropFirst() + [("status", "abandoned"), ("abandoned_at", "5")]
    private static let delete: Fields = [
        ("op", "delete"), ("sid", sid), ("user_id", "u"), ("version", "2"), ("at", "5"),
    ]
    private static let mission: Fields = [
        ("op", "mission"), ("mid", mid), ("user_id", "u"), ("at", "5"), ("mission_version", "1"), ("mission", "{}"),
    ]
    private static let linked: Fields =
        update + [("mission_id", mid), ("mid", mid), ("mission_version", "1"), ("mission", "{}")]
    private static let everyKind = [update, create, append, abandon, delete, mission, linked]

    private func change(_ fields: Fields) throws(ChangeError) -> Change {
        try Change(
            LogEntry(
                id: .zero, fields: fields.map { LogEntry.Field(name: $0.0, value: Array($0.1.utf8)) }))
    }

    private func session(_ fields: Fields) throws -> SessionChange {
        guard case .session(let change) = try change(fields) else { throw ChangeError(description: "no session") }
        return change
    }

    @Test func aUsesFieldsAreRead() throws {
        let change = try session(
            Self.update + [("name", "n"), ("status", "active"), ("metadata", "m"), ("mission_id", Self.mid)])
        #expect(change.id.description == Self.sid)
        #expect(change.userID.text == "u")
        #expect((change.creates, change.version) == (false, 2))
        #expect((change.at.milliseconds, change.lastActivityAt.milliseconds) == (5, 4))
        #expect((change.name, change.status) == ("n", .active))
        #expect(change.sealedMetadata == Array("m".utf8))
        #expect(change.missionID == .some(MissionID(Self.mid)))
        #expect(change.messages.isEmpty)
    }

    @Test func whatIsAbsentIsUnchangedAndWhatIsEmptyIsNone() throws {
        let kept = try session(Self.update)
        #expect(kept.name == nil && kept.status == nil && kept.sealedMetadata == nil && kept.missionID == nil)
        let emptied = try session(Self.update + [("metadata", ""), ("mission_id", "")])
        #expect(emptied.sealedMetadata == [])
        #expect(emptied.missionID == .some(nil))
    }

    @Test func theOtherKindsAreRead() throws {
        #expect(try session(Self.create).creates)
        let appended = try session(Self.append)
        #expect(appended.firstSequence == 3)
        #expect(appended.messages == [Array("{1}".utf8), Array("{2}".utf8)])
        #expect(try session(Self.abandon).abandonedAt?.milliseconds == 5)
        guard case .deletion(let id, let user) = try change(Self.delete) else {
            throw ChangeError(description: "no deletion")
        }
        #expect(id.description == Self.sid && user.text == "u")
    }

    @Test(arguments: SessionMove.allCases) func everyMoveIsAnOperation(_ move: SessionMove) throws {
        _ = try session([("op", move.rawValue)] + Self.update.dropFirst())
    }

    @Test func aFieldThatIsMissingIsFoundOut() {
        for kind in Self.everyKind {
            let optional = ["name", "status", "metadata", "mission_id", "abandoned_at", "m"]
            let isDeletion = kind[0].1 == "delete"
            for (index, field) in kind.enumerated() where !optional.contains(field.0) {
                if isDeletion, ["version", "at"].contains(field.0) { continue }
                // Without `mid` the mission's fields are some that nobody knows.
                var fields = kind
                fields.remove(at: index)
                #expect(throws: ChangeError.self, "\(kind[0].1) without \(field.0)") { try change(fields) }
            }
        }
    }

    @Test func aFieldThatIsTwiceUnknownOrMisplacedIsFoundOut() {
        for kind in Self.everyKind {
            for field in kind where field.0 != "m" {
                #expect(throws: ChangeError.self, "\(kind[0].1): \(field.0) twice") { try change(kind + [field]) }
            }
            #expect(throws: ChangeError.self) { try change(kind + [("surprise", "1")]) }
            #expect(throws: ChangeError.self) { try change(kind + [("", "")]) }
        }
        #expect(throws: ChangeError.self) { try change(Self.delete + [("m", "{}")]) }
        #expect(throws: ChangeError.self) { try change(Self.mission + [("m", "{}")]) }
        #expect(throws: ChangeError.self) { try change(Self.update + [("first", "1")]) }
        #expect(throws: ChangeError.self) { try change(Self.delete + [("name", "n")]) }
    }

    @Test func garbageIsFoundOut() {
        let garbage: [(String, [String])] = [
            ("op", ["", "CREATE", "drop", "delete "]), ("sid", ["", "x", Self.sid.uppercased()]),
            ("user_id", ["", "\u{7}"]),
            ("version", ["", "x", "1.5", "99999999999999999999"]), ("at", ["", "x", "1e3"]),
            ("last_activity_at", ["", "soon"]), ("status", ["", "gone", "Active"]), ("mission_id", ["x"]),
            ("abandoned_at", ["", "x"]), ("first", ["", "x"]), ("mid", ["", "x"]),
            ("mission_version", ["", "x", "1.5"]),
        ]
        for kind in Self.everyKind {
            for (name, values) in garbage {
                guard let index = kind.firstIndex(where: { $0.0 == name }) else { continue }
                if kind[0].1 == "delete", ["version", "at"].contains(name) { continue }
                for value in values {
                    var fields = kind
                    fields[index].1 = value
                    #expect(throws: ChangeError.self, "\(kind[0].1): \(name) \(value)") { try change(fields) }
                }
            }
        }
        for name in ["op", "sid", "user_id", "version", "name", "status"] {
            var fields = Self.create.map { LogEntry.Field(name: $0.0, value: Array($0.1.utf8)) }
            guard let index = fields.firstIndex(where: { $0.name == name }) else { continue }
            fields[index].value = [0xff, 0xfe]
            #expect(throws: ChangeError.self, "\(name) that is not UTF-8") {
                try Change(LogEntry(id: .zero, fields: fields))
            }
        }
        #expect(throws: ChangeError.self) { try change([]) }
    }
}
