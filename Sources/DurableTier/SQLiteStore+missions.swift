import GRDB
import SessionCore
import SessionModel

extension SQLiteStore {
    public func mission(_ id: MissionID, of user: UserID) async throws(DurableError) -> DurableMission? {
        guard configuration.shards.contains(id.shard) else { return nil }
        return try await file(of: id.shard).read { db, _ in
            try MissionRow.find(id, of: user, in: db)?.whole(db)
        }
    }

    public func content(
        of asset: AssetID, in mission: MissionID, user: UserID
    ) async throws(DurableError) -> [UInt8]? {
        guard configuration.shards.contains(mission.shard) else { return nil }
        return try await file(of: mission.shard).read { db, _ in
            var statement = try SQLStatement(
                db,
                """
                SELECT content FROM asset_contents WHERE asset_id =
                    (SELECT id FROM assets WHERE id = ? AND mission_id = ? AND user_id = ?)
                """)
            try statement.bind(asset)
            try statement.bind(mission)
            try statement.bind(user.text)
            return try statement.step() ? statement.bytes(0) : nil
        }
    }

    public func missions(_ query: MissionListQuery) async throws(DurableError) -> DurableMissionList {
        try checkExcluded(query.excluding.count)
        return try await file(of: configuration.shards.shard(of: query.userID)).read { db, _ in
            let listing = Listing(query, status: query.status?.rawValue)
            let (found, total) = try listing.read(
                db, table: "missions", order: "updated_at"
            ) { id in
                try MissionRow.find(id, of: query.userID, in: db).map {
                    MissionSummary(id: id, version: $0.version, mission: $0.mission)
                }
            }
            return DurableMissionList(missions: found, total: total)
        }
    }
}
