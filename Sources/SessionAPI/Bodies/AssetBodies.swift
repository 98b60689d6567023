import SessionCore
import SessionModel

extension NewAsset {
    /// `POST …/assets`: {name, role, description?, schema_definition?, subtype?, scope_type?, scope_id?, content?,
    /// content_summary?, asset_metadata?}. A null is as good as an absent field, except for the first two. Without a scope it
    /// is the mission's.
    init(_ root: JSONValue, in mission: MissionID, limits: APILimits) throws(Problem) {
        var faults = BodyFaults()
        _ = try root.object()
        let new = NewAsset(root, at: "", mission: mission, limits: limits, &faults)
        try faults.check()
        self = new ?? NewAsset()
    }

    /// One of a list, or alone.
    ///
    /// - Parameter mission: nil while the mission isn't there yet: then nothing else can be the scope.
    init?(
        _ value: JSONValue, at parent: String, mission: MissionID?, limits: APILimits, _ faults: inout BodyFaults
    ) {
        self.init()
        guard value.kind == .object else {
            faults.note(parent, "must be an object")
            return nil
        }
        var given: Set<String> = []
        var scopeType: AssetScopeType?
        var scopeID: String?
        for (key, value) in value.members {
            if value.kind == .null, Self.optionalFields.contains(key) { continue }
            given.insert(key)
            let pointer = "\(parent)/\(key)"
            switch key {
            case "name": name = faults.name(value, at: pointer) ?? ""
            case "role": role = faults.choice(value, at: pointer, of: AssetRole.self) ?? .intermediate
            case "description": description = faults.missionText(value, at: pointer)
            case "schema_definition":
                schemaDefinition = faults.metadata(value, at: pointer, limits: limits) ?? []
            case "subtype": subtype = faults.name(value, at: pointer)
            case "scope_type": scopeType = faults.choice(value, at: pointer, of: AssetScopeType.self)
            case "scope_id": scopeID = (faults.identifier(value, at: pointer) as HopID?)?.description
            case "content": content = faults.anything(value, at: pointer, bytes: limits.assetBytes)
            case "content_summary": contentSummary = faults.missionText(value, at: pointer)
            case "asset_metadata": metadata = faults.metadata(value, at: pointer, limits: limits)
            default: faults.noteUnknown(key, in: parent)
            }
        }
        for key in ["name", "role"] where !given.contains(key) { faults.note("\(parent)/\(key)", "is needed") }
        switch scopeType ?? .mission {
        case .mission:
            if let scopeID, scopeID != mission?.description {
                faults.note("\(parent)/scope_id", "must be the mission's id, or absent")
            }
        case .hop:
            if mission == nil {
                faults.note("\(parent)/scope_type", "must be mission: there is no hop yet")
            } else if let hop = scopeID.flatMap({ HopID($0) }) {
                scope = .hop(hop)
            } else if !given.contains("scope_id") {
                faults.note("\(parent)/scope_id", "is needed")
            }
        }
    }

    private static let optionalFields = [
        "description", "schema_definition", "subtype", "scope_type", "scope_id", "content", "content_summary",
        "asset_metadata",
    ]
}

extension AssetReplacement {
    /// `PUT …/assets/{asset}`: any of {name, role, description, schema_definition, subtype, status, content,
    /// content_summary, asset_metadata}. Null takes a text or the content away, and stands for an empty object.
    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        self.init()
        var faults = BodyFaults()
        for (key, value) in try root.object() {
            switch key {
            case "name": name = faults.name(value, at: "/name")
            case "role": role = faults.choice(value, at: "/role", of: AssetRole.self)
            case "description": description = faults.optional(value) { $0.missionText(value, at: "/description") }
            case "schema_definition":
                schemaDefinition = faults.replacedObject(value, at: "/schema_definition", limits: limits)
            case "subtype": subtype = faults.optional(value) { $0.name(value, at: "/subtype") }
            case "status": status = faults.choice(value, at: "/status", of: AssetStatus.self)
            case "content":
                content = faults.optional(value) { $0.anything(value, at: "/content", bytes: limits.assetBytes) }
            case "content_summary":
                contentSummary = faults.optional(value) { $0.missionText(value, at: "/content_summary") }
            case "asset_metadata": metadata = faults.replacedObject(value, at: "/asset_metadata", limits: limits)
            default: faults.noteUnknown(key, in: "")
            }
        }
        try faults.check()
    }
}
