/// Something a person or an agent does, by the ids that it goes by.
enum Operation: Sendable {
    case createSession(name: String)
    case rename(session: String, name: String)
    case note(session: String, key: String, value: Int)
    case append(session: String, [String])
    case move(session: String, verb: String)
    case delete(session: String)
    case link(session: String, mission: String)
    case unlink(session: String)

    case createMission(name: String, metadata: Int, assets: [(name: String, role: String)], session: String?)
    case describe(mission: String, name: String, metadata: Int)
    case moveMission(String, to: String)
    case deleteMission(String)

    case addHop(mission: String, name: String, metadata: Int, isPlanned: Bool)
    case describeHop(mission: String, hop: String, name: String)
    case moveHop(mission: String, hop: String, to: String)
    case deleteHop(mission: String, hop: String)

    case addStep(mission: String, hop: String, name: String)
    case describeStep(mission: String, hop: String, step: String, name: String)
    case moveStep(mission: String, hop: String, step: String, to: String)
    case deleteStep(mission: String, hop: String, step: String)

    case addAsset(mission: String, hop: String?, name: String, role: String, content: String?)
    case fill(mission: String, asset: String, content: String)
    case moveAsset(mission: String, asset: String, to: String)
    case deleteAsset(mission: String, asset: String)

    /// How many kinds there are.
    static let kinds = 24

    /// The case's name.
    var kind: String { Mirror(reflecting: self).children.first?.label ?? "" }

    /// Method, path behind `/api`, body.
    var request: (String, String, String?) {
        switch self {
        case .createSession(let name): ("POST", "/sessions/", #"{"name":"\#(name)"}"#)
        case .rename(let id, let name): ("PUT", "/sessions/\(id)", #"{"name":"\#(name)"}"#)
        case .note(let id, let key, let value):
            ("PATCH", "/sessions/\(id)", #"{"session_metadata":{"\#(key)":\#(value)}}"#)
        case .append(let id, let contents):
            (
                "POST", "/sessions/\(id)/messages",
                #"{"messages":[\#(contents.map(Self.message).joined(separator: ","))]}"#
            )
        case .move(let id, let verb): ("POST", "/sessions/\(id)/\(verb)", nil)
        case .delete(let id): ("DELETE", "/sessions/\(id)", nil)
        case .link(let id, let mission): ("POST", "/sessions/\(id)/link-mission/\(mission)", nil)
        case .unlink(let id): ("PUT", "/sessions/\(id)", #"{"mission_id":null}"#)
        case .createMission(let name, let metadata, let assets, let session):
            (
                "POST", "/missions/" + (session.map { "?session_id=\($0)" } ?? ""),
                #"{"name":"\#(name)","mission_metadata":{"n":\#(metadata)},"assets":["#
                    + assets.map { #"{"name":"\#($0.name)","role":"\#($0.role)"}"# }.joined(separator: ",") + "]}"
            )
        case .describe(let id, let name, let metadata):
            ("PUT", "/missions/\(id)", #"{"name":"\#(name)","mission_metadata":{"n":\#(metadata)}}"#)
        case .moveMission(let id, let status): ("PATCH", "/missions/\(id)/status", Self.status(status))
        case .deleteMission(let id): ("DELETE", "/missions/\(id)", nil)
        case .addHop(let mission, let name, let metadata, let isPlanned):
            (
                "POST", "/missions/\(mission)/hops",
                #"{"name":"\#(name)","hop_metadata":{"n":\#(metadata)}\#(isPlanned ? #","rationale":"why""# : "")}"#
            )
        case .describeHop(let mission, let hop, let name):
            ("PUT", "/missions/\(mission)/hops/\(hop)", #"{"name":"\#(name)"}"#)
        case .moveHop(let mission, let hop, let status):
            ("PATCH", "/missions/\(mission)/hops/\(hop)/status", Self.status(status))
        case .deleteHop(let mission, let hop): ("DELETE", "/missions/\(mission)/hops/\(hop)", nil)
        case .addStep(let mission, let hop, let name):
            ("POST", "/missions/\(mission)/hops/\(hop)/tool-steps", #"{"name":"\#(name)","tool_id":"t"}"#)
        case .describeStep(let mission, let hop, let step, let name):
            ("PUT", "/missions/\(mission)/hops/\(hop)/tool-steps/\(step)", #"{"name":"\#(name)"}"#)
        case .moveStep(let mission, let hop, let step, let status):
            ("PATCH", "/missions/\(mission)/hops/\(hop)/tool-steps/\(step)/status", Self.status(status))
        case .deleteStep(let mission, let hop, let step):
            ("DELETE", "/missions/\(mission)/hops/\(hop)/tool-steps/\(step)", nil)
        case .addAsset(let mission, let hop, let name, let role, let content):
            (
                "POST", "/missions/\(mission)/assets",
                #"{"name":"\#(name)","role":"\#(role)""#
                    + (hop.map { #","scope_type":"hop","scope_id":"\#($0)""# } ?? "")
                    + (content.map { #","content":"\#($0)""# } ?? "") + "}"
            )
        case .fill(let mission, let asset, let content):
            ("PUT", "/missions/\(mission)/assets/\(asset)", #"{"content":"\#(content)"}"#)
        case .moveAsset(let mission, let asset, let status):
            ("PUT", "/missions/\(mission)/assets/\(asset)", Self.status(status))
        case .deleteAsset(let mission, let asset): ("DELETE", "/missions/\(mission)/assets/\(asset)", nil)
        }
    }

    private static func message(_ content: String) -> String { #"{"role":"user","content":"\#(content)"}"# }
    private static func status(_ status: String) -> String { #"{"status":"\#(status)"}"# }
}
