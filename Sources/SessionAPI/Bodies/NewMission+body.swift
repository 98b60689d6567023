import SessionCore
import SessionModel

extension NewMission {
    /// `POST /missions/`: {name, description?, goal?, success_criteria?, mission_metadata?}. A null is as good as an
    /// absent field, except for the name.
    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        var faults = BodyFaults()
        var name: String?
        var hasName = false
        var description: String?
        var goal: String?
        var criteria: [String] = []
        var metadata: [UInt8]?
        for (key, value) in try root.object() {
            if value.kind == .null, Self.optionalFields.contains(key) { continue }
            switch key {
            case "name":
                hasName = true
                name = faults.name(value, at: "/name")
            case "description":
                description = faults.text(value, at: "/description", bytes: APILimits.missionTextBytes)
            case "goal":
                goal = faults.text(value, at: "/goal", bytes: APILimits.missionTextBytes)
            case "success_criteria":
                criteria = Self.criteria(value, &faults)
            case "mission_metadata":
                metadata = faults.metadata(value, at: "/mission_metadata", limits: limits)
            default:
                faults.noteUnknown(key, in: "")
            }
        }
        if !hasName { faults.note("/name", "is needed") }
        try faults.check()
        self.init(
            name: name ?? "", description: description, goal: goal, successCriteria: criteria, metadata: metadata)
    }

    private static let optionalFields = ["description", "goal", "success_criteria", "mission_metadata"]

    private static func criteria(_ value: JSONValue, _ faults: inout BodyFaults) -> [String] {
        guard value.kind == .array else {
            faults.note("/success_criteria", "must be an array of strings")
            return []
        }
        var criteria: [String] = []
        for element in value.elements {
            guard criteria.count < APILimits.successCriteria else {
                faults.note("/success_criteria", "must not hold more than \(APILimits.successCriteria) strings")
                break
            }
            let pointer = "/success_criteria/\(criteria.count)"
            criteria.append(faults.text(element, at: pointer, bytes: APILimits.missionTextBytes) ?? "")
        }
        return criteria
    }
}
