import SessionModel

extension ShardCheck {
    static func missions(_ shard: Shard) -> [ShardCheck] {
        [
            ShardCheck(
                "ids of missions", "missions", count: "SELECT count(*) FROM missions",
                findings: """
                    SELECT 'mission ' || id || ' is none of shard \(shard.number)''s' FROM missions
                    WHERE \(isForeign("id", shard)) OR version < 1
                    """),
            ShardCheck(
                "sessions' missions", "links", count: "SELECT count(*) FROM user_sessions WHERE mission_id IS NOT NULL",
                findings: """
                    SELECT 'session ' || s.id || ' is linked to the mission ' || m.id || ' of another user'
                    FROM user_sessions s JOIN missions m ON m.id = s.mission_id WHERE m.user_id <> s.user_id
                    """),
            ShardCheck("lost missions") { db, found in
                let statement = try SQLStatement(
                    db,
                    """
                    SELECT count(*) FROM user_sessions
                    WHERE mission_id IS NOT NULL AND mission_id NOT IN (SELECT id FROM missions)
                    """)
                guard try statement.step(), statement.integer(0) > 0 else { return }
                found.note(
                    "\(statement.integer(0)) sessions are linked to a mission that is not there; they are served without"
                )
            },
            ShardCheck(
                "numbered hops", "hops", count: "SELECT count(*) FROM hops",
                findings: """
                    SELECT 'mission ' || mission_id || ' has ' || count(*) || ' hops, the last ' || max(sequence_order)
                    FROM hops GROUP BY mission_id HAVING count(*) <> max(sequence_order) OR min(sequence_order) <> 1
                    """),
            ShardCheck(
                "numbered tool steps", "tool steps", count: "SELECT count(*) FROM tool_steps",
                findings: """
                    SELECT 'hop ' || hop_id || ' has ' || count(*) || ' tool steps, the last ' || max(sequence_order)
                    FROM tool_steps GROUP BY hop_id HAVING count(*) <> max(sequence_order) OR min(sequence_order) <> 1
                    """),
            ShardCheck(
                "open hops", "missions", count: "SELECT count(*) FROM missions",
                findings: """
                    SELECT 'mission ' || mission_id || ' has ' || count(*) || ' open hops' FROM hops
                    WHERE status NOT IN ('completed', 'failed', 'cancelled') GROUP BY mission_id HAVING count(*) > 1
                    UNION ALL SELECT 'the current hop of mission ' || m.id || ' is none of its own' FROM missions m
                    WHERE current_hop_id IS NOT NULL
                        AND NOT EXISTS (SELECT 1 FROM hops h WHERE h.id = m.current_hop_id AND h.mission_id = m.id)
                    """),
            ShardCheck(
                "assets", "assets", count: "SELECT count(*) FROM assets",
                findings: """
                    SELECT 'asset ' || a.id || ' is another user''s than its mission' FROM assets a
                    JOIN missions m ON m.id = a.mission_id WHERE m.user_id <> a.user_id
                    UNION ALL SELECT 'asset ' || a.id || ' is of a hop of another mission' FROM assets a
                    JOIN hops h ON h.id = a.hop_id WHERE h.mission_id <> a.mission_id
                    """),
            ShardCheck(
                "contents of assets", "contents", count: "SELECT count(*) FROM asset_contents",
                findings: """
                    SELECT 'the content of asset ' || asset_id || ' is ' || CASE WHEN json_valid(content)
                        THEN 'not as long as it says' ELSE 'not JSON' END FROM asset_contents
                    WHERE NOT json_valid(content) OR bytes <> length(CAST(content AS BLOB))
                    """),
            ShardCheck(
                "JSON of missions", "rows",
                count: """
                    SELECT (SELECT count(*) FROM missions) + (SELECT count(*) FROM hops)
                        + (SELECT count(*) FROM tool_steps) + (SELECT count(*) FROM assets)
                    """, findings: columns.map(\.findings).joined(separator: " UNION ALL ")),
        ]
    }

    /// A column that holds a JSON value of one type. Where it may be NULL, it may be of any.
    private struct Column {
        let table: String
        let name: String
        let type: String?

        var findings: String {
            let wrong =
                type.map {
                    "NOT json_valid(\(name)) OR CASE WHEN json_valid(\(name)) THEN json_type(\(name)) <> '\($0)' END"
                }
                ?? "\(name) IS NOT NULL AND NOT json_valid(\(name))"
            return "SELECT '\(name) of ' || id || ' in \(table) is not JSON as it must be' FROM \(table) WHERE \(wrong)"
        }
    }

    private static let columns = [
        Column(table: "missions", name: "success_criteria", type: "array"),
        Column(table: "hops", name: "success_criteria", type: "array"),
        Column(table: "hops", name: "intended_input_asset_ids", type: "array"),
        Column(table: "hops", name: "intended_output_asset_ids", type: "array"),
        Column(table: "tool_steps", name: "parameter_mapping", type: "object"),
        Column(table: "tool_steps", name: "result_mapping", type: "object"),
        Column(table: "tool_steps", name: "resource_configs", type: "object"),
        Column(table: "tool_steps", name: "validation_errors", type: "array"),
        Column(table: "tool_steps", name: "execution_result", type: nil),
        Column(table: "assets", name: "schema_definition", type: "object"),
    ]
}
