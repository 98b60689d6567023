import SessionCore
import SessionModel

extension NewHop {
    /// `POST …/hops`: {name, description?, goal?, rationale?, success_criteria?, status?, is_final?, hop_metadata?,
    /// intended_input_asset_ids?, intended_output_asset_ids?}. A null is as good as an absent field, except for the name.
    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        self.init()
        var faults = BodyFaults()
        var hasName = false
        for (key, value) in try root.object() {
            if value.kind == .null, Self.optionalFields.contains(key) { continue }
            switch key {
            case "name":
                hasName = true
                name = faults.name(value, at: "/name") ?? ""
            case "description": description = faults.missionText(value, at: "/description")
            case "goal": goal = faults.missionText(value, at: "/goal")
            case "rationale": rationale = faults.missionText(value, at: "/rationale")
            case "success_criteria": successCriteria = faults.texts(value, at: "/success_criteria") ?? []
            case "status": status = Self.firstStatus(value, &faults)
            case "is_final": isFinal = faults.flag(value, at: "/is_final") ?? false
            case "hop_metadata": metadata = faults.metadata(value, at: "/hop_metadata", limits: limits)
            case "intended_input_asset_ids":
                intendedInputs = faults.assetIDs(value, at: "/intended_input_asset_ids") ?? []
            case "intended_output_asset_ids":
                intendedOutputs = faults.assetIDs(value, at: "/intended_output_asset_ids") ?? []
            default: faults.noteUnknown(key, in: "")
            }
        }
        if !hasName { faults.note("/name", "is needed") }
        try faults.check()
    }

    private static func firstStatus(_ value: JSONValue, _ faults: inout BodyFaults) -> HopStatus? {
        let status = faults.text(value, at: "/status").flatMap(HopStatus.init)
        if let status, HopStatus.first.contains(status) { return status }
        if value.kind == .string {
            faults.note("/status", "must be one of \(HopStatus.first.map(\.rawValue).joined(separator: ", "))")
        }
        return nil
    }

    private static let optionalFields = [
        "description", "goal", "rationale", "success_criteria", "status", "is_final", "hop_metadata",
        "intended_input_asset_ids", "intended_output_asset_ids",
    ]
}

extension HopReplacement {
    /// `PUT …/hops/{hop}`: any of {name, description, goal, rationale, success_criteria, status, is_final, error_message,
    /// hop_metadata, intended_input_asset_ids, intended_output_asset_ids}. Null takes a text away, and stands for empty
    /// metadata.
    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        self.init()
        var faults = BodyFaults()
        for (key, value) in try root.object() {
            switch key {
            case "name": name = faults.name(value, at: "/name")
            case "description": description = faults.optional(value) { $0.missionText(value, at: "/description") }
            case "goal": goal = faults.optional(value) { $0.missionText(value, at: "/goal") }
            case "rationale": rationale = faults.optional(value) { $0.missionText(value, at: "/rationale") }
            case "success_criteria": successCriteria = faults.texts(value, at: "/success_criteria")
            case "status": status = faults.choice(value, at: "/status", of: HopStatus.self)
            case "is_final": isFinal = faults.flag(value, at: "/is_final")
            case "error_message":
                errorMessage = faults.optional(value) { $0.missionText(value, at: "/error_message") }
            case "hop_metadata": metadata = faults.replacedObject(value, at: "/hop_metadata", limits: limits)
            case "intended_input_asset_ids":
                intendedInputs = faults.assetIDs(value, at: "/intended_input_asset_ids")
            case "intended_output_asset_ids":
                intendedOutputs = faults.assetIDs(value, at: "/intended_output_asset_ids")
            default: faults.noteUnknown(key, in: "")
            }
        }
        try faults.check()
    }
}
