/// A mission with everything in it, as the encoded JSON that is stored (see `Documents/`), so that an answer takes it over
/// without decoding. Of each part only what orders and joins them is read.
public struct MissionTree: Sendable, Equatable {
    public struct HopEntry: Sendable, Equatable {
        public var id: HopID
        public var status: HopStatus
        public var sequence: Int64
        public var document: [UInt8]
    }

    public struct StepEntry: Sendable, Equatable {
        public var id: ToolStepID
        public var hop: HopID
        public var status: ToolStepStatus
        public var sequence: Int64
        public var document: [UInt8]
    }

    public struct AssetEntry: Sendable, Equatable {
        public var id: AssetID
        public var status: AssetStatus
        public var role: AssetRole
        public var scope: AssetScope
        public var document: [UInt8]
    }

    public var id: MissionID
    public var userID: UserID
    /// 1 at creation, one more with every change of anything in it.
    public var version: Int64
    /// The log entry of its last change, links included.
    public var logID: LogID
    /// The session it is linked to.
    public var sessionID: SessionID?
    public var mission: [UInt8]
    /// In their order.
    public var hops: [HopEntry]
    /// Of all hops: each hop's in their order.
    public var steps: [StepEntry]
    /// In the order of their ids, which is that of their creation.
    public var assets: [AssetEntry]

    /// Puts the parts into order.
    public init(
        id: MissionID, userID: UserID, version: Int64, logID: LogID, sessionID: SessionID? = nil, mission: [UInt8],
        hops: [HopEntry] = [], steps: [StepEntry] = [], assets: [AssetEntry] = []
    ) {
        self.id = id
        self.userID = userID
        self.version = version
        self.logID = logID
        self.sessionID = sessionID
        self.mission = mission
        self.hops = hops.sorted { $0.sequence < $1.sequence }
        self.steps = steps.sorted { $0.sequence < $1.sequence }
        self.assets = assets.sorted { ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low) }
    }

    /// Bytes of all documents.
    public var byteCount: Int {
        hops.reduce(mission.count) { $0 + $1.document.count } + steps.reduce(0) { $0 + $1.document.count }
            + assets.reduce(0) { $0 + $1.document.count }
    }

    public func steps(of hop: HopID) -> [StepEntry] { steps.filter { $0.hop == hop } }
}
