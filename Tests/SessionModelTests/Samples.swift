import SessionModel
import Testing

/// One of each part of a plan, with every field set or with none that may be absent.
enum Samples {
    static let mission = MissionID(high: 0x0196_f3c2_aaaa_7bbb, low: 0x8ccc_0000_0000_0001)
    static let hop = HopID(high: 0x0196_f3c2_aaaa_7bbb, low: 0x8ccc_0000_0001_0001)
    static let step = ToolStepID(high: 0x0196_f3c2_aaaa_7bbb, low: 0x8ccc_0000_0002_0001)
    static let asset = AssetID(high: 0x0196_f3c2_aaaa_7bbb, low: 0x8ccc_0000_0003_0001)
    private static let times = (Timestamp(milliseconds: 1_795_430_246_752), Timestamp(milliseconds: 1_795_430_246_753))

    static let texts = [
        "", "plain", "a\"b\\c/\\u0041", "\u{0}\u{1}\u{1f}\n\r\t\u{7f}", "\u{e9}", "e\u{301}",
        "\u{1f469}\u{200d}\u{1f680}",
        "\u{2028}\u{fffd}\u{10ffff}", "},{][:", #"","mission_metadata":{}}"#, #"","hop_metadata":"AQ=="}"#, "null",
    ]
    static let users = [
        "u", "7", "-7", "0", "007", "-0", "1.5", "1e3", "a\"b\\", "\u{e9}", "e\u{301}", "{}:%", "null",
        "99999999999999999999999", String(repeating: "u", count: 128),
    ]

    static func user(_ text: String) throws -> UserID { try #require(UserID(text)) }

    static func mission(
        _ text: String, user name: String = "u", sealed: [UInt8]? = [1, 2, 255], status: MissionStatus = .inProgress
    ) throws -> Mission {
        Mission(
            id: mission, userID: try user(name), name: text, description: text, goal: text,
            successCriteria: [text, "", text], status: status, currentHopID: hop, sealedMetadata: sealed,
            createdAt: times.0, updatedAt: times.1)
    }

    static func hop(_ text: String, sealed: [UInt8]? = [1, 2, 255], status: HopStatus = .implReady) -> Hop {
        Hop(
            id: hop, missionID: mission, sequence: 100, name: text, description: text, goal: text, rationale: text,
            successCriteria: [text, text], status: status, isFinal: true, isResolved: true, errorMessage: text,
            sealedMetadata: sealed, intendedInputs: [asset, asset], intendedOutputs: [asset], createdAt: times.0,
            updatedAt: times.1)
    }

    static func step(_ text: String, status: ToolStepStatus = .readyToExecute) -> ToolStep {
        ToolStep(
            id: step, hopID: hop, toolID: text, sequence: .max, name: text, description: text, status: status,
            parameterMapping: Array(#"{ "a" : [1.0, {"b":"\u0000"}] }"#.utf8),
            resultMapping: Array("{\"\u{e9}\":1e400}".utf8), resourceConfigs: Array(#"{"":null}"#.utf8),
            validationErrors: [text], executionResult: Array(" [ 1, 2 ]".utf8.dropFirst()), errorMessage: text,
            createdAt: times.0, updatedAt: times.1, startedAt: times.0, completedAt: times.1)
    }

    static func asset(
        _ text: String, user name: String = "7", sealed: [UInt8]? = [1, 2, 255], scope: AssetScope = .hop(hop),
        status: AssetStatus = .ready, role: AssetRole = .output
    ) throws -> Asset {
        Asset(
            id: asset, userID: try user(name), missionID: mission, scope: scope, name: text, description: text,
            schemaDefinition: Array(#"{"type": "object"}"#.utf8), subtype: text, status: status, role: role,
            contentSummary: text, sealedMetadata: sealed, createdAt: times.0, updatedAt: times.1)
    }

    static func bareMission() throws -> Mission {
        Mission(id: mission, userID: try user("u"), name: "m", createdAt: times.0, updatedAt: times.0)
    }

    static func bareHop() -> Hop {
        Hop(id: hop, missionID: mission, sequence: 1, name: "h", createdAt: times.0, updatedAt: times.0)
    }

    static func bareStep() -> ToolStep {
        ToolStep(id: step, hopID: hop, toolID: "t", sequence: 1, name: "s", createdAt: times.0, updatedAt: times.0)
    }

    static func bareAsset() throws -> Asset {
        Asset(
            id: asset, userID: try user("u"), missionID: mission, scope: .mission, name: "a", role: .input,
            createdAt: times.0, updatedAt: times.0)
    }
}
