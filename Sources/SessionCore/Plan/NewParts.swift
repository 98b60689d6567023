import SessionModel

// What a person or an agent gives of a thing that is to be made. Metadata and contents are JSON in their own bytes;
// metadata is nil for `{}`.

public struct NewMission: Sendable {
    public var name: String
    public var description: String?
    public var goal: String?
    public var successCriteria: [String]
    public var metadata: [UInt8]?
    /// Of scope `mission`.
    public var assets: [NewAsset]

    public init(
        name: String, description: String? = nil, goal: String? = nil, successCriteria: [String] = [],
        metadata: [UInt8]? = nil, assets: [NewAsset] = []
    ) {
        self.name = name
        self.description = description
        self.goal = goal
        self.successCriteria = successCriteria
        self.metadata = metadata
        self.assets = assets
    }
}

public struct NewHop: Sendable {
    public var name = ""
    public var description: String?
    public var goal: String?
    public var rationale: String?
    public var successCriteria: [String] = []
    /// One of ``HopStatus/first``; nil: proposed if it comes with its plan.
    public var status: HopStatus?
    public var isFinal = false
    public var metadata: [UInt8]?
    public var intendedInputs: [AssetID] = []
    public var intendedOutputs: [AssetID] = []

    public init() {}

    /// A hop's plan is more than what it is called: why it is made, what for, or out of what.
    var hasPlan: Bool {
        goal != nil || rationale != nil || !successCriteria.isEmpty || !intendedInputs.isEmpty
            || !intendedOutputs.isEmpty
    }

    func hop(_ id: HopID, in mission: MissionID, sequence: Int64, sealed: [UInt8]?, at time: Timestamp) -> Hop {
        Hop(
            id: id, missionID: mission, sequence: sequence, name: name, description: description, goal: goal,
            rationale: rationale, successCriteria: successCriteria,
            status: status ?? (hasPlan ? .planProposed : .planStarted), isFinal: isFinal, sealedMetadata: sealed,
            intendedInputs: intendedInputs, intendedOutputs: intendedOutputs, createdAt: time, updatedAt: time)
    }
}

public struct NewToolStep: Sendable {
    public var toolID = ""
    public var name = ""
    public var description: String?
    public var parameterMapping = ToolStep.emptyObject
    public var resultMapping = ToolStep.emptyObject
    public var resourceConfigs = ToolStep.emptyObject
    public var validationErrors: [String] = []

    public init() {}

    func step(_ id: ToolStepID, of hop: HopID, sequence: Int64, at time: Timestamp) -> ToolStep {
        ToolStep(
            id: id, hopID: hop, toolID: toolID, sequence: sequence, name: name, description: description,
            parameterMapping: parameterMapping, resultMapping: resultMapping, resourceConfigs: resourceConfigs,
            validationErrors: validationErrors, createdAt: time, updatedAt: time)
    }
}

public struct NewAsset: Sendable {
    public var name = ""
    public var description: String?
    public var schemaDefinition = ToolStep.emptyObject
    public var subtype: String?
    public var scope = AssetScope.mission
    public var role = AssetRole.intermediate
    public var content: [UInt8]?
    public var contentSummary: String?
    public var metadata: [UInt8]?

    public init() {}

    func asset(
        _ id: AssetID, in mission: MissionID, of user: UserID, sealed: [UInt8]?, at time: Timestamp
    ) -> Asset {
        Asset(
            id: id, userID: user, missionID: mission, scope: scope, name: name, description: description,
            schemaDefinition: schemaDefinition, subtype: subtype, role: role, contentSummary: contentSummary,
            sealedMetadata: sealed, createdAt: time, updatedAt: time)
    }
}
