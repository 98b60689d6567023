/// Missions and their parts, as domain.md has them; a mission's tree has its assets too, without their contents.
extension Shape {
    private static let maybeText = either(.text, .null)
    private static let maybeTime = either(.time, .null)

    private static let missionFields: [String: Shape] = [
        "id": .uuid, "user_id": .either(.integer, .text), "name": .text, "description": maybeText, "goal": maybeText,
        "success_criteria": .list(.text),
        "status": .one(of: ["awaiting_approval", "in_progress", "completed", "failed", "cancelled"]),
        "current_hop_id": .either(.uuid, .null), "mission_metadata": .metadata, "created_at": .time,
        "updated_at": .time, "version": .integer,
    ]

    static let mission = Shape.object(
        missionFields.merging([
            "hops": .list(.hop), "assets": .list(.asset), "mission_asset_map": .metadata,
        ]) { $1 })

    static let missionPage = Shape.object([
        "missions": .list(.object(missionFields)), "total": .integer, "page": .either(.integer, .null),
        "per_page": .integer, "next_cursor": maybeText,
    ])

    static let hop = Shape.object([
        "id": .uuid, "mission_id": .uuid, "sequence_order": .integer, "name": .text, "description": maybeText,
        "goal": maybeText, "rationale": maybeText, "success_criteria": .list(.text),
        "status": .one(of: [
            "hop_plan_started", "hop_plan_proposed", "hop_plan_ready", "hop_impl_started", "hop_impl_proposed",
            "hop_impl_ready", "executing", "completed", "failed", "cancelled",
        ]), "is_final": .flag, "is_resolved": .flag, "error_message": maybeText, "hop_metadata": .metadata,
        "intended_input_asset_ids": .list(.uuid), "intended_output_asset_ids": .list(.uuid), "created_at": .time,
        "updated_at": .time, "tool_steps": .list(.toolStep), "hop_asset_map": .metadata,
    ])

    static let toolStep = Shape.object([
        "id": .uuid, "hop_id": .uuid, "tool_id": .text, "sequence_order": .integer, "name": .text,
        "description": maybeText,
        "status": .one(of: [
            "proposed", "ready_to_configure", "ready_to_execute", "executing", "completed", "failed", "cancelled",
        ]), "parameter_mapping": .metadata, "result_mapping": .metadata, "resource_configs": .metadata,
        "validation_errors": .list(.text), "execution_result": .anything, "error_message": maybeText,
        "created_at": .time, "updated_at": .time, "started_at": maybeTime, "completed_at": maybeTime,
    ])

    private static let assetFields: [String: Shape] = [
        "id": .uuid, "user_id": .either(.integer, .text), "name": .text, "description": maybeText,
        "schema_definition": .metadata, "subtype": maybeText, "scope_type": .one(of: ["mission", "hop"]),
        "scope_id": .uuid,
        "status": .one(of: ["proposed", "pending", "in_progress", "ready", "error", "expired"]),
        "role": .one(of: ["input", "output", "intermediate"]), "content_summary": maybeText,
        "asset_metadata": .metadata, "created_at": .time, "updated_at": .time,
    ]

    /// As lists and trees have it.
    static let asset = Shape.object(assetFields)

    static let wholeAsset = Shape.object(assetFields.merging(["content": .anything]) { $1 })
}
