import SessionCore
import SessionModel

/// `POST /sessions/`: {name?, session_metadata?}. A null is as good as an absent field.
struct SessionCreationBody {
    var name: String?
    var metadata: [UInt8]?

    /// Without a body both fields are absent.
    init(_ root: JSONValue?, limits: APILimits) throws(Problem) {
        guard let root else { return }
        var faults = BodyFaults()
        for (key, value) in try root.object() {
            switch key {
            case "name":
                if value.kind != .null { name = faults.name(value, at: "/name") }
            case "session_metadata":
                guard value.kind != .null else { continue }
                metadata = faults.metadata(value, at: "/session_metadata", limits: limits)
            default:
                faults.noteUnknown(key, in: "")
            }
        }
        try faults.check()
    }
}

extension SessionReplacement {
    /// `PUT /sessions/{id}`: any of {name, status, mission_id, session_metadata}. A null `mission_id` unlinks, null
    /// metadata is `{}`.
    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        var faults = BodyFaults()
        var name: String?
        var status: SessionStatus?
        var mission = SessionUpdate.MissionLink.keep
        var metadata: [UInt8]?
        for (key, value) in try root.object() {
            switch key {
            case "name":
                name = faults.name(value, at: "/name")
            case "status":
                status = faults.choice(value, at: "/status", of: SessionStatus.self)
            case "mission_id":
                if value.kind == .null {
                    mission = .unlink
                } else if let id: MissionID = faults.identifier(value, at: "/mission_id") {
                    mission = .link(id)
                }
            case "session_metadata":
                metadata =
                    value.kind == .null
                    ? Array("{}".utf8) : faults.metadata(value, at: "/session_metadata", limits: limits)
            default:
                faults.noteUnknown(key, in: "")
            }
        }
        try faults.check()
        self.init(name: name, status: status, mission: mission, metadata: metadata)
    }
}

/// `PATCH /sessions/{id}`: a merge patch (RFC 7396) on {name, session_metadata}.
struct SessionPatchBody {
    var name: String?
    /// An object, or null, which stands for `{}`; nil leaves the metadata as it is.
    var metadataPatch: JSONValue?

    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        var faults = BodyFaults()
        for (key, value) in try root.object() {
            switch key {
            case "name":
                name = faults.name(value, at: "/name")
            case "session_metadata":
                if value.kind == .null || faults.isMetadata(value, at: "/session_metadata", limits: limits) {
                    metadataPatch = value
                }
            default:
                faults.noteUnknown(key, in: "")
            }
        }
        try faults.check()
    }
}

extension JSONValue {
    /// The members of a body, which must be an object.
    func object() throws(Problem) -> Members {
        guard kind == .object else {
            var faults = BodyFaults()
            faults.note("", "must be an object")
            try faults.check()
            return members
        }
        return members
    }
}
