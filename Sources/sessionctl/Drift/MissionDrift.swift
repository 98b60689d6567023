import DurableTier
import HotTier
import SessionCore
import SessionModel

/// What is not as it must be about one mission that has nothing on its way to SQLite.
struct MissionDrift {
    let id: MissionID
    let hot: HotMission
    /// Nil where SQLite has none.
    let stored: (mission: DurableMission, contents: [AssetID: [UInt8]])?

    var differences: [Difference] {
        guard let (what, remedy) = finding else { return [] }
        return [Difference(subject: .mission(id), what: what, remedy: remedy)]
    }

    private var finding: (String, Difference.Remedy)? {
        guard hot.isThere else {
            guard hot.tombstone != nil, stored != nil else { return nil }
            return ("Redis says that it is deleted, SQLite has it, and no log entry will delete it", .rewrite)
        }
        guard let tree = hot.tree else { return ("its hash makes no sense", .reload) }
        guard let stored else {
            return ("Redis has it, SQLite doesn't, and the log has no entry that would make it", .rewrite)
        }
        let other = stored.mission.tree
        let remedy: Difference.Remedy = tree.version > other.version ? .rewrite : .reload
        if tree.version != other.version {
            return ("version \(tree.version) in Redis, \(other.version) in SQLite", remedy)
        }
        if !tree.hasSameParts(as: other) { return ("its parts are not those that SQLite has", remedy) }
        if tree.sessionID != other.sessionID { return ("it is linked otherwise than in SQLite", remedy) }
        for (asset, content) in hot.contents where stored.contents[asset] != content {
            return ("the content of asset \(asset) is not that in SQLite", remedy)
        }
        return nil
    }
}
