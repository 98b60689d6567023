import SessionModel
import Testing

@testable import SessionCore

/// Entries about missions, alone or with their session's change.
@Suite struct MissionChangeTests {
    typealias Fields = [(String, String)]
    private static let sid = "0196f3c2-aaaa-7bbb-8ccc-000000000000"
    private static let mid = "0196f3c2-aaaa-7bbb-8ccc-000000010000"
    private static let part = "0196f3c2-aaaa-7bbb-8ccc-000000020000"

    private static let alone: Fields = [("mid", mid), ("user_id", "u"), ("at", "5"), ("mission_version", "7")]
    private static let ofSession: Fields = [
        ("sid", sid), ("user_id", "u"), ("version", "2"), ("at", "5"), ("last_activity_at", "4"),
    ]
    private static let parts: Fields = [
        ("mission", "{}"), ("hop:\(part)", "{h}"), ("step:\(part)", ""), ("asset:\(part)", "{a}"),
        ("content:\(part)", ""),
    ]
    private static let creation = [("op", "mission")] + alone + parts
    private static let amendment = [("op", "amend")] + alone + parts
    private static let deletion = [("op", "discard")] + alone
    private static let linked =
        [("op", "use")] + ofSession + [("mission_id", mid), ("mid", mid), ("mission_version", "1")] + parts
    private static let unlinked =
        [("op", "discard")] + ofSession + [("mission_id", ""), ("mid", mid), ("mission_version", "3")]
    private static let everyKind = [creation, amendment, deletion, linked, unlinked]

    private func change(_ fields: Fields) throws(ChangeError) -> Change {
        try Change(
            LogEntry(id: .zero, fields: fields.map { LogEntry.Field(name: $0.0, value: Array($0.1.utf8)) }))
    }

    private func mission(_ fields: Fields) throws -> MissionChange {
        guard case .mission(let change) = try change(fields) else { throw ChangeError(description: "no mission") }
        return change
    }

    private func session(_ fields: Fields) throws -> SessionChange {
        guard case .session(let change) = try change(fields) else { throw ChangeError(description: "no session") }
        return change
    }

    private func expectParts(_ change: MissionChange) throws {
        let part = Self.part
        #expect(change.parts.count == Self.parts.count)
        #expect(change.parts[.mission] == Array("{}".utf8))
        #expect(change.parts[.hop(try #require(HopID(part)))] == Array("{h}".utf8))
        #expect(change.parts[.step(try #require(ToolStepID(part)))] == [])
        #expect(change.parts[.asset(try #require(AssetID(part)))] == Array("{a}".utf8))
        #expect(change.parts[.content(try #require(AssetID(part)))] == [])
    }

    @Test func aMissionOfItsOwnIsRead() throws {
        for (fields, kind) in [(Self.creation, MissionChange.Kind.creation), (Self.amendment, .amendment)] {
            let change = try mission(fields)
            #expect((change.kind, change.version) == (kind, 7))
            #expect((change.id.description, change.userID.text) == (Self.mid, "u"))
            try expectParts(change)
        }
        let gone = try mission(Self.deletion)
        #expect((gone.kind, gone.version, gone.id.description) == (.deletion, 7, Self.mid))
        #expect(gone.parts.isEmpty)
    }

    @Test func aMissionIsMadeWithItsSessionsChange() throws {
        let change = try session(Self.linked)
        #expect(change.missionID == .some(MissionID(Self.mid)))
        let mission = try #require(change.mission)
        #expect((mission.kind, mission.version, mission.userID) == (.creation, 1, change.userID))
        try expectParts(mission)
        #expect(try session([("op", "use")] + Self.ofSession).mission == nil)
    }

    @Test func aLinkedMissionGoesWithItsSessionsChange() throws {
        let change = try session(Self.unlinked)
        #expect(!change.creates && change.missionID == .some(nil))
        #expect((change.version, change.status) == (2, nil))
        let mission = try #require(change.mission)
        #expect((mission.kind, mission.version, mission.id.description) == (.deletion, 3, Self.mid))
        #expect(mission.parts.isEmpty)
    }

    /// Only the step after the commit looks at it.
    @Test func whatIsNoLongerTheSessionsIsPassedBy() throws {
        let used = try session([("op", "use")] + Self.ofSession + [("mission_id", ""), ("unlinked", Self.mid)])
        #expect(used.missionID == .some(nil) && used.mission == nil)
        guard
            case .deletion(let id, _) = try change([
                ("op", "delete"), ("sid", Self.sid), ("user_id", "u"), ("unlinked", Self.mid),
            ])
        else { throw ChangeError(description: "no deletion") }
        #expect(id.description == Self.sid)
        for fields in [Self.creation, Self.amendment, Self.deletion] {
            #expect(throws: ChangeError.self) { try change(fields + [("unlinked", Self.mid)]) }
        }
    }

    @Test func anAmendmentMayBeOfAnyPartsAndACreationNeedsTheMission() throws {
        let bare = [("op", "amend")] + Self.alone
        #expect(try mission(bare).parts.isEmpty)
        #expect(try mission(bare + [Self.parts[1]]).parts.count == 1)
        #expect(throws: ChangeError.self) { try change([("op", "mission")] + Self.alone + [Self.parts[1]]) }
        #expect(throws: ChangeError.self) { try change(Self.linked.filter { $0.0 != "mission" }) }
    }

    @Test func whatIsGoneHasNoParts() {
        for part in Self.parts {
            #expect(throws: ChangeError.self) { try change(Self.deletion + [part]) }
            #expect(throws: ChangeError.self) { try change(Self.unlinked + [part]) }
        }
    }

    @Test func aFieldThatIsMissingIsFoundOut() {
        for kind in Self.everyKind {
            for (index, field) in kind.enumerated() where !field.0.contains(":") && field.0 != "mission_id" {
                if kind[0].1 == "amend", field.0 == "mission" { continue }
                var fields = kind
                fields.remove(at: index)
                #expect(throws: ChangeError.self, "\(kind[0].1) without \(field.0)") { try change(fields) }
            }
        }
    }

    /// A discarding that names no mission discards nothing.
    @Test func aDiscardingNamesItsMission() {
        let fields = Self.unlinked.filter { !["mid", "mission_version"].contains($0.0) }
        #expect(throws: ChangeError.self) { try change(fields) }
    }

    @Test func aFieldThatIsTwiceUnknownOrMisplacedIsFoundOut() {
        for kind in Self.everyKind {
            for field in kind { #expect(throws: ChangeError.self) { try change(kind + [field]) } }
            for name in [
                "surprise", "", "hop", "hop:", "hop:x", "hop:\(Self.part.uppercased())", "tool:\(Self.part)",
                ":mission",
            ] {
                #expect(throws: ChangeError.self, "\(kind[0].1): \(name)") { try change(kind + [(name, "{}")]) }
            }
            #expect(throws: ChangeError.self) { try change(kind + [("m", "{}")]) }
        }
        // Parts, and nobody's.
        #expect(throws: ChangeError.self) { try change([("op", "use")] + Self.ofSession + Self.parts) }
        #expect(throws: ChangeError.self) { try change(Self.creation + [("sid", Self.sid)]) }
        #expect(throws: ChangeError.self) { try change(Self.amendment + [("version", "1")]) }
    }

    @Test func twoNamesNeverStandForOnePart() {
        for kind in [Self.creation, Self.amendment, Self.linked] {
            #expect(throws: ChangeError.self) { try change(kind + [(":hop:\(Self.part)", "{other}")]) }
        }
    }

    @Test func garbageIsFoundOut() {
        let garbage: [(String, [String])] = [
            ("mid", ["", "x", Self.mid.uppercased()]), ("mission_version", ["", "x", "1.5", "99999999999999999999"]),
            ("user_id", ["", "\u{7}"]), ("at", ["", "x"]),
        ]
        for kind in Self.everyKind {
            for (name, values) in garbage {
                guard let index = kind.firstIndex(where: { $0.0 == name }) else { continue }
                for value in values {
                    var fields = kind
                    fields[index].1 = value
                    #expect(throws: ChangeError.self, "\(kind[0].1): \(name) \(value)") { try change(fields) }
                }
            }
        }
    }
}
