import SessionModel

/// A stored document whose metadata is opened: `head` is the document up to its last member, which is `metadata`.
public struct OpenDocument: Sendable {
    public var head: ArraySlice<UInt8>
    /// A JSON object, as it was written.
    public var metadata: [UInt8]
}

/// A mission as its owner may see it, with everything in it.
public struct OpenMission: Sendable {
    public var id: MissionID
    public var version: Int64
    public var mission: OpenDocument
    public var hops: [OpenHop]
    /// Of the mission and of its hops.
    public var assets: [OpenAsset]
}

public struct OpenHop: Sendable {
    public var id: HopID
    public var hop: OpenDocument
    public var steps: [MissionTree.StepEntry]
    /// Those of the hop.
    public var assets: [MissionTree.AssetEntry]
}

public struct OpenAsset: Sendable {
    public var entry: MissionTree.AssetEntry
    public var asset: OpenDocument
}

/// An asset with its content, one JSON value.
public struct WholeAsset: Sendable {
    public var asset: OpenAsset
    /// `.some(nil)`: it has none. Nil: it can't be read just now.
    public var content: [UInt8]??
}

/// Something of a mission, and the version of the mission that it is from.
public struct MissionView<Value: Sendable>: Sendable {
    public var value: Value
    public var version: Int64
    public var source: AnswerSource
}

/// A write to a mission, and the mission's version after it.
public struct MissionWritten<Value: Sendable>: Sendable {
    public var value: Value
    public var version: Int64
    public var write: WriteID
    public var isReplay: Bool
    public var source: AnswerSource
}

public struct OpenMissionSummary: Sendable {
    public var version: Int64
    public var mission: OpenDocument
}

public struct MissionPage: Sendable {
    public var missions: [OpenMissionSummary]
    public var total: Int
    public var next: Place<MissionKind>?
    public var source: AnswerSource
}
