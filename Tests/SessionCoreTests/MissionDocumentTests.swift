import SessionModel
import Testing

@testable import SessionCore

@Suite struct MissionDocumentTests {
    private func mission(_ user: String = "u") throws -> Mission {
        Mission(
            id: MissionID(high: 0x0196_f3c2_aaaa_7bbb, low: 0x8ccc_0000_0000_0001), userID: try #require(UserID(user)),
            name: "n\"\\\n\u{e9}", description: "d", goal: "g", successCriteria: ["a", "b\"", ""], status: .inProgress,
            sealedMetadata: [0, 255, 1, 2], version: 7, logID: LogID(milliseconds: 3, sequence: 4),
            createdAt: Timestamp(milliseconds: 11), updatedAt: Timestamp(milliseconds: 12))
    }

    @Test(arguments: ["u", "7", "007", "a\"b\\", "\u{e9}", "{}:%"]) func aDocumentReadsAsItWas(_ user: String) throws {
        let mission = try mission(user)
        #expect(try Mission(document: mission.document(), logID: mission.logID) == mission)
        #expect(mission.document().starts(with: Mission.documentPrefix(id: mission.id, user: mission.userID)))
    }

    @Test func whatIsNotSetStaysSo() throws {
        var mission = try mission()
        (mission.description, mission.goal, mission.sealedMetadata, mission.successCriteria) = (nil, nil, nil, [])
        #expect(try Mission(document: mission.document(), logID: mission.logID) == mission)
    }

    /// By the prefix a script tells whose it is: no other user's, and no part of a longer name, fits.
    @Test func noOtherUsersPrefixFits() throws {
        let document = try mission("ab").document()
        for user in ["a", "abc", "ab\"", "AB", "7"] {
            let other = try #require(UserID(user))
            #expect(!document.starts(with: Mission.documentPrefix(id: try mission().id, user: other)))
        }
    }

    @Test func whatIsNoMissionIsRefused() throws {
        let good = String(decoding: try mission().document(), as: UTF8.self)
        for key in ["id", "user_id", "created_at", "updated_at", "version", "name", "status", "mission_metadata"] {
            let broken = good.replacing("\"\(key)\":", with: "\"x_\(key)\":")
            #expect(throws: ChangeError.self, "without \(key)") { try Mission(document: Array(broken.utf8)) }
        }
        for text in ["", "{}", "[]", good + "x", good.replacing("\"version\":7", with: "\"version\":7.5")] {
            #expect(throws: ChangeError.self) { try Mission(document: Array(text.utf8)) }
        }
    }
}
