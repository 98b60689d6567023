import SessionCore
import SessionModel

extension NewToolStep {
    /// `POST …/tool-steps`: {tool_id, name, description?, parameter_mapping?, result_mapping?, resource_configs?,
    /// validation_errors?}. A null is as good as an absent field, except for the first two.
    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        self.init()
        var faults = BodyFaults()
        var given: Set<String> = []
        for (key, value) in try root.object() {
            if value.kind == .null, Self.optionalFields.contains(key) { continue }
            given.insert(key)
            switch key {
            case "tool_id": toolID = faults.name(value, at: "/tool_id") ?? ""
            case "name": name = faults.name(value, at: "/name") ?? ""
            case "description": description = faults.missionText(value, at: "/description")
            case "parameter_mapping":
                parameterMapping = faults.metadata(value, at: "/parameter_mapping", limits: limits) ?? []
            case "result_mapping": resultMapping = faults.metadata(value, at: "/result_mapping", limits: limits) ?? []
            case "resource_configs":
                resourceConfigs = faults.metadata(value, at: "/resource_configs", limits: limits) ?? []
            case "validation_errors": validationErrors = faults.texts(value, at: "/validation_errors") ?? []
            default: faults.noteUnknown(key, in: "")
            }
        }
        for key in ["tool_id", "name"] where !given.contains(key) { faults.note("/\(key)", "is needed") }
        try faults.check()
    }

    private static let optionalFields = [
        "description", "parameter_mapping", "result_mapping", "resource_configs", "validation_errors",
    ]
}

extension ToolStepReplacement {
    /// `PUT …/tool-steps/{step}`: any of {tool_id, name, description, status, parameter_mapping, result_mapping,
    /// resource_configs, validation_errors, execution_result, error_message}. Null takes a text or a result away, and stands
    /// for an empty mapping.
    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        self.init()
        var faults = BodyFaults()
        for (key, value) in try root.object() {
            switch key {
            case "tool_id": toolID = faults.name(value, at: "/tool_id")
            case "name": name = faults.name(value, at: "/name")
            case "description": description = faults.optional(value) { $0.missionText(value, at: "/description") }
            case "status": status = faults.choice(value, at: "/status", of: ToolStepStatus.self)
            case "parameter_mapping":
                parameterMapping = faults.replacedObject(value, at: "/parameter_mapping", limits: limits)
            case "result_mapping": resultMapping = faults.replacedObject(value, at: "/result_mapping", limits: limits)
            case "resource_configs":
                resourceConfigs = faults.replacedObject(value, at: "/resource_configs", limits: limits)
            case "validation_errors": validationErrors = faults.texts(value, at: "/validation_errors")
            case "execution_result":
                executionResult = faults.optional(value) {
                    $0.anything(value, at: "/execution_result", bytes: limits.metadataBytes)
                }
            case "error_message":
                errorMessage = faults.optional(value) { $0.missionText(value, at: "/error_message") }
            default: faults.noteUnknown(key, in: "")
            }
        }
        try faults.check()
    }
}
