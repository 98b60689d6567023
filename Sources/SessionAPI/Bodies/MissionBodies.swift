import SessionCore
import SessionModel

extension NewMission {
    /// `POST /missions/`: {name, description?, goal?, success_criteria?, mission_metadata?, assets?}. A null is as good as
    /// an absent field, except for the name.
    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        var faults = BodyFaults()
        var new = NewMission(name: "")
        var hasName = false
        for (key, value) in try root.object() {
            if value.kind == .null, Self.optionalFields.contains(key) { continue }
            switch key {
            case "name":
                hasName = true
                new.name = faults.name(value, at: "/name") ?? ""
            case "description": new.description = faults.missionText(value, at: "/description")
            case "goal": new.goal = faults.missionText(value, at: "/goal")
            case "success_criteria": new.successCriteria = faults.texts(value, at: "/success_criteria") ?? []
            case "mission_metadata":
                new.metadata = faults.metadata(value, at: "/mission_metadata", limits: limits)
            case "assets":
                new.assets =
                    faults.list(value, at: "/assets", of: "assets", most: MissionLimits.assets) {
                        NewAsset($0, at: $1, mission: nil, limits: limits, &$2)
                    } ?? []
            default:
                faults.noteUnknown(key, in: "")
            }
        }
        if !hasName { faults.note("/name", "is needed") }
        try faults.check()
        self = new
    }

    private static let optionalFields = ["description", "goal", "success_criteria", "mission_metadata", "assets"]
}

extension MissionReplacement {
    /// `PUT /missions/{id}`: any of {name, description, goal, success_criteria, status, mission_metadata}. Null takes a
    /// text away, and stands for empty metadata.
    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        self.init()
        var faults = BodyFaults()
        for (key, value) in try root.object() {
            switch key {
            case "name": name = faults.name(value, at: "/name")
            case "description": description = faults.optional(value) { $0.missionText(value, at: "/description") }
            case "goal": goal = faults.optional(value) { $0.missionText(value, at: "/goal") }
            case "success_criteria": successCriteria = faults.texts(value, at: "/success_criteria")
            case "status": status = faults.choice(value, at: "/status", of: MissionStatus.self)
            case "mission_metadata":
                metadata = faults.replacedObject(value, at: "/mission_metadata", limits: limits)
            default: faults.noteUnknown(key, in: "")
            }
        }
        try faults.check()
    }
}

extension BodyFaults {
    /// An object that takes another's place; null stands for an empty one.
    mutating func replacedObject(_ value: JSONValue, at pointer: String, limits: APILimits) -> [UInt8]? {
        value.kind == .null ? ToolStep.emptyObject : metadata(value, at: pointer, limits: limits)
    }
}

/// `PATCH …/status`: {status}.
struct StatusBody<Status: PlanStatus> {
    var status: Status

    init(_ root: JSONValue) throws(Problem) {
        var faults = BodyFaults()
        var status: Status?
        var hasStatus = false
        for (key, value) in try root.object() {
            if key == "status" {
                hasStatus = true
                status = faults.choice(value, at: "/status", of: Status.self)
            } else {
                faults.noteUnknown(key, in: "")
            }
        }
        if !hasStatus { faults.note("/status", "is needed") }
        try faults.check()
        guard let status else { throw Problem(422, "The body breaks a rule.") }
        self.status = status
    }
}
