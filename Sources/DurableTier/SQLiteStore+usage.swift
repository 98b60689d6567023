import SessionCore
import SessionModel

extension SQLiteStore: DurableUsage {
    /// Reads all that it measures: a millisecond for each megabyte or so.
    public func storedBytes(of user: UserID) async throws(DurableError) -> Int {
        try await file(of: configuration.shards.shard(of: user)).read { db, _ in
            var statement = try SQLStatement(db, Self.usage)
            try statement.bind(user.text)
            return try statement.step() ? Int(statement.integer(0)) : 0
        }
    }

    private static let usage = """
        WITH mine (number, metadata) AS MATERIALIZED
            (SELECT number, length(session_metadata) FROM user_sessions WHERE user_id = ?1),
        plans (id, bytes) AS MATERIALIZED
            (SELECT id, ifnull(length(mission_metadata), 0) + length(CAST(name AS BLOB))
                + ifnull(length(CAST(description AS BLOB)), 0) + ifnull(length(CAST(goal AS BLOB)), 0)
                + length(CAST(success_criteria AS BLOB)) FROM missions WHERE user_id = ?1),
        parts (bytes) AS (
            SELECT ifnull(metadata, 0) FROM mine
            UNION ALL SELECT length(CAST(document AS BLOB)) FROM chat_message_documents
                WHERE session IN (SELECT number FROM mine)
            UNION ALL SELECT bytes FROM plans
            UNION ALL SELECT ifnull(length(hop_metadata), 0) + length(CAST(name AS BLOB))
                + ifnull(length(CAST(description AS BLOB)), 0) + ifnull(length(CAST(goal AS BLOB)), 0)
                + ifnull(length(CAST(rationale AS BLOB)), 0) + length(CAST(success_criteria AS BLOB))
                + ifnull(length(CAST(error_message AS BLOB)), 0) FROM hops WHERE mission_id IN (SELECT id FROM plans)
            UNION ALL SELECT length(CAST(name AS BLOB)) + ifnull(length(CAST(description AS BLOB)), 0)
                + length(CAST(parameter_mapping AS BLOB)) + length(CAST(result_mapping AS BLOB))
                + length(CAST(resource_configs AS BLOB)) + length(CAST(validation_errors AS BLOB))
                + ifnull(length(CAST(execution_result AS BLOB)), 0) + ifnull(length(CAST(error_message AS BLOB)), 0)
                FROM tool_steps WHERE hop_id IN (SELECT id FROM hops WHERE mission_id IN (SELECT id FROM plans))
            UNION ALL SELECT ifnull(length(asset_metadata), 0) + length(CAST(name AS BLOB))
                + ifnull(length(CAST(description AS BLOB)), 0) + length(CAST(schema_definition AS BLOB))
                + ifnull(length(CAST(content_summary AS BLOB)), 0)
                + ifnull((SELECT bytes FROM asset_contents WHERE asset_id = assets.id), 0)
                FROM assets WHERE mission_id IN (SELECT id FROM plans))
        SELECT ifnull(sum(bytes), 0) FROM parts
        """
}
