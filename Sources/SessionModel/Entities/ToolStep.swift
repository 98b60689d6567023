/// One use of a tool within a hop. What is JSON of any kind is kept in the client's own bytes.
public struct ToolStep: Sendable, Equatable {
    public var id: ToolStepID
    public var hopID: HopID
    /// The tool's name in the application; 1 to 255 characters.
    public var toolID: String
    /// 1, 2, 3 … without gaps in each hop.
    public var sequence: Int64
    public var name: String
    public var description: String?
    public var status: ToolStepStatus
    /// A JSON object, as the next two.
    public var parameterMapping: [UInt8]
    public var resultMapping: [UInt8]
    public var resourceConfigs: [UInt8]
    public var validationErrors: [String]
    /// Any JSON value; nil: none yet.
    public var executionResult: [UInt8]?
    public var errorMessage: String?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var startedAt: Timestamp?
    public var completedAt: Timestamp?

    /// A JSON object without members.
    public static let emptyObject = Array("{}".utf8)

    public init(
        id: ToolStepID, hopID: HopID, toolID: String, sequence: Int64, name: String, description: String? = nil,
        status: ToolStepStatus = .proposed, parameterMapping: [UInt8] = emptyObject,
        resultMapping: [UInt8] = emptyObject, resourceConfigs: [UInt8] = emptyObject, validationErrors: [String] = [],
        executionResult: [UInt8]? = nil, errorMessage: String? = nil, createdAt: Timestamp, updatedAt: Timestamp,
        startedAt: Timestamp? = nil, completedAt: Timestamp? = nil
    ) {
        self.id = id
        self.hopID = hopID
        self.toolID = toolID
        self.sequence = sequence
        self.name = name
        self.description = description
        self.status = status
        self.parameterMapping = parameterMapping
        self.resultMapping = resultMapping
        self.resourceConfigs = resourceConfigs
        self.validationErrors = validationErrors
        self.executionResult = executionResult
        self.errorMessage = errorMessage
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.startedAt = startedAt
        self.completedAt = completedAt
    }
}
