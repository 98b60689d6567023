import SessionModel

// The fields that a PUT gives: each replaces the old, nil leaves it, and `.some(nil)` takes away what may be absent. A
// status that differs from the present one is a move. Metadata is a JSON object in its own bytes.

public struct MissionReplacement: Sendable {
    public var name: String?
    public var description: String??
    public var goal: String??
    public var successCriteria: [String]?
    public var status: MissionStatus?
    public var metadata: [UInt8]?

    public init() {}

    func apply(to mission: inout Mission) {
        if let name { mission.name = name }
        if let description { mission.description = description }
        if let goal { mission.goal = goal }
        if let successCriteria { mission.successCriteria = successCriteria }
    }
}

public struct HopReplacement: Sendable {
    public var name: String?
    public var description: String??
    public var goal: String??
    public var rationale: String??
    public var successCriteria: [String]?
    public var status: HopStatus?
    public var isFinal: Bool?
    public var errorMessage: String??
    public var metadata: [UInt8]?
    public var intendedInputs: [AssetID]?
    public var intendedOutputs: [AssetID]?

    public init() {}

    func apply(to hop: inout Hop) {
        if let name { hop.name = name }
        if let description { hop.description = description }
        if let goal { hop.goal = goal }
        if let rationale { hop.rationale = rationale }
        if let successCriteria { hop.successCriteria = successCriteria }
        if let isFinal { hop.isFinal = isFinal }
        if let errorMessage { hop.errorMessage = errorMessage }
        if let intendedInputs { hop.intendedInputs = intendedInputs }
        if let intendedOutputs { hop.intendedOutputs = intendedOutputs }
    }
}

public struct ToolStepReplacement: Sendable {
    public var toolID: String?
    public var name: String?
    public var description: String??
    public var status: ToolStepStatus?
    public var parameterMapping: [UInt8]?
    public var resultMapping: [UInt8]?
    public var resourceConfigs: [UInt8]?
    public var validationErrors: [String]?
    public var executionResult: [UInt8]??
    public var errorMessage: String??

    public init() {}

    func apply(to step: inout ToolStep) {
        if let toolID { step.toolID = toolID }
        if let name { step.name = name }
        if let description { step.description = description }
        if let parameterMapping { step.parameterMapping = parameterMapping }
        if let resultMapping { step.resultMapping = resultMapping }
        if let resourceConfigs { step.resourceConfigs = resourceConfigs }
        if let validationErrors { step.validationErrors = validationErrors }
        if let executionResult { step.executionResult = executionResult }
        if let errorMessage { step.errorMessage = errorMessage }
    }
}

public struct AssetReplacement: Sendable {
    public var name: String?
    public var description: String??
    public var schemaDefinition: [UInt8]?
    public var subtype: String??
    public var status: AssetStatus?
    public var role: AssetRole?
    public var content: [UInt8]??
    public var contentSummary: String??
    public var metadata: [UInt8]?

    public init() {}

    func apply(to asset: inout Asset) {
        if let name { asset.name = name }
        if let description { asset.description = description }
        if let schemaDefinition { asset.schemaDefinition = schemaDefinition }
        if let subtype { asset.subtype = subtype }
        if let role { asset.role = role }
        if let contentSummary { asset.contentSummary = contentSummary }
    }
}
