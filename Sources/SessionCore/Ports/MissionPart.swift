import SessionModel

/// A part of a mission that is stored by itself: a field of the mission's hash, and of its log entries, under the same
/// name.
public enum MissionPart: Hashable, Sendable {
    case mission
    case hop(HopID)
    case step(ToolStepID)
    case asset(AssetID)
    /// An asset's content, one JSON value. In the hash it may also be where the content is found (see `MissionFields`).
    case content(AssetID)

    public var name: String {
        switch self {
        case .mission: "mission"
        case .hop(let id): "hop:\(id)"
        case .step(let id): "step:\(id)"
        case .asset(let id): "asset:\(id)"
        case .content(let id): "content:\(id)"
        }
    }

    /// Nil for any other field.
    public init?(_ name: String) {
        if name == "mission" {
            self = .mission
            return
        }
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        func part<Kind>(_ make: (Identifier<Kind>) -> MissionPart) -> MissionPart? { Identifier(parts[1]).map(make) }
        let read =
            switch parts[0] {
            case "hop": part(Self.hop)
            case "step": part(Self.step)
            case "asset": part(Self.asset)
            case "content": part(Self.content)
            default: MissionPart?.none
            }
        guard let read else { return nil }
        self = read
    }
}

/// Bounds of one mission: it is loaded, answered and worked upon as a whole.
public enum MissionLimits {
    public static let hops = 100
    /// Of one hop.
    public static let steps = 100
    /// Of the mission and all its hops.
    public static let assets = 500
    /// Bytes of all documents of a mission, contents apart: what loading it moves through Redis and nginx.
    public static let treeBytes = 4 << 20
    /// Bytes of a content's JSON up to which it stays in the mission's hash, where each load of the tree passes it by:
    /// an id or a link, not a text. Larger ones are read from the log until they are flushed, then from SQLite.
    public static let hotContentBytes = 1024
}
