import SessionModel

extension MissionPlan {
    func asset(_ id: AssetID) throws -> Asset {
        guard let entry = tree.assets.first(where: { $0.id == id }) else { throw SessionError.notFound }
        return try Asset(document: entry.document, in: tree.id)
    }

    mutating func add(_ asset: Asset, content: [UInt8]?) throws {
        if case .hop(let hop) = asset.scope, !tree.hops.contains(where: { $0.id == hop }) {
            throw SessionError.invalid(pointer: "/scope_id", "must be a hop of this mission")
        }
        guard tree.assets.count < MissionLimits.assets else {
            throw SessionError.full("A mission holds at most \(MissionLimits.assets) assets.")
        }
        try put(asset)
        if let content { write(.content(asset.id), content) }
    }

    mutating func replace(_ id: AssetID, _ replacement: AssetReplacement, metadata: [UInt8]??) throws {
        var asset = try asset(id)
        let before = asset
        replacement.apply(to: &asset)
        if let metadata { asset.sealedMetadata = metadata }
        if let status = replacement.status, status != asset.status {
            guard asset.status.next.contains(status) else {
                throw SessionError.planStatus(.asset, asset.status.rawValue)
            }
            asset.status = status
        }
        if let content = replacement.content { write(.content(id), content ?? []) }
        if asset != before || replacement.content != nil { try put(asset) }
    }

    mutating func remove(asset id: AssetID) throws {
        _ = try asset(id)
        tree.assets.removeAll { $0.id == id }
        write(.asset(id), [])
        write(.content(id), [])
    }

    mutating func follow(_ cascade: Cascade<AssetStatus>, assetsOf scope: AssetScope) throws {
        for entry in tree.assets where entry.scope == scope && entry.status == cascade.from {
            var asset = try Asset(document: entry.document, in: tree.id)
            asset.status = cascade.to
            try put(asset)
        }
    }

    private mutating func put(_ changed: Asset) throws {
        var asset = changed
        asset.updatedAt = now
        let entry = try MissionTree.AssetEntry(document: asset.document())
        if let index = tree.assets.firstIndex(where: { $0.id == asset.id }) {
            tree.assets[index] = entry
        } else {
            tree.assets.append(entry)
        }
        write(.asset(asset.id), entry.document)
    }
}
