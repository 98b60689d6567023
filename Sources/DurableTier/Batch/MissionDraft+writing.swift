import GRDB
import SessionCore
import SessionModel

extension MissionDraft {
    /// What goes, goes first. Hops and steps are written in their order: numbers only ever fall, so each finds its own free.
    func write(to db: Database) throws {
        try remove(outline.removedHops, from: "hops", db)
        try remove(outline.removedSteps, from: "tool_steps", db)
        try remove(outline.removedAssets, from: "assets", db)
        try writeMission(db)
        for hop in parts.hops.values.compactMap({ $0 }).sorted(by: { $0.sequence < $1.sequence }) {
            guard let place = outline.hops[hop.id] else { continue }
            try put(HopRow.statements, isStored: place.isStored, db) { try HopRow.bind(hop, to: &$0) }
        }
        for step in parts.steps.values.compactMap({ $0 }).sorted(by: { $0.sequence < $1.sequence }) {
            guard let place = outline.steps[step.id] else { continue }
            try put(ToolStepRow.statements, isStored: place.isStored, db) { try ToolStepRow.bind(step, to: &$0) }
        }
        for case let asset? in parts.assets.values {
            guard let place = outline.assets[asset.id] else { continue }
            try put(AssetRow.statements, isStored: place.isStored, db) { try AssetRow.bind(asset, to: &$0) }
        }
        // Of an asset that went, its content has gone; one of another mission is none of this one's.
        for (id, content) in parts.contents where outline.assets[id] != nil { try put(content, of: id, db) }
    }

    private func remove<Kind>(_ ids: [Identifier<Kind>], from table: StaticString, _ db: Database) throws {
        for id in ids { try db.run("DELETE FROM \(table) WHERE id = ?", id) }
    }

    private func writeMission(_ db: Database) throws {
        if let mission = parts.mission {
            return try put(MissionRow.statements, isStored: !isNew, db) {
                try MissionRow.bind(mission, version, logID, to: &$0)
            }
        }
        var statement = try SQLStatement(db, "UPDATE missions SET version = ?, log_id = ? WHERE id = ?")
        try statement.bind(version)
        try statement.bind(logID.description)
        try statement.bind(id)
        try statement.run()
    }

    private func put(
        _ statements: RowStatements, isStored: Bool, _ db: Database, _ bind: (inout SQLStatement) throws -> Void
    ) throws {
        var statement = try SQLStatement(db, isStored ? statements.update : statements.insert)
        try bind(&statement)
        try statement.run()
    }

    private func put(_ content: [UInt8]?, of id: AssetID, _ db: Database) throws {
        guard let content else { return try db.run("DELETE FROM asset_contents WHERE asset_id = ?", id) }
        var statement = try SQLStatement(
            db,
            """
            INSERT INTO asset_contents (asset_id, bytes, content) VALUES (?, ?, ?)
            ON CONFLICT (asset_id) DO UPDATE SET bytes = excluded.bytes, content = excluded.content
            """)
        try statement.bind(id)
        try statement.bind(content.count)
        try statement.bind(text: content)
        try statement.run()
    }
}
