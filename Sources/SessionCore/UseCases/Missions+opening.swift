import Logging
import SessionModel

extension Missions {
    func opened(_ tree: MissionTree) throws(SessionError) -> OpenMission {
        let mission = try opened(tree.mission, of: tree.id, Mission.metadataField)
        let steps = Dictionary(grouping: tree.steps, by: \.hop)
        let hopAssets = Dictionary(grouping: tree.assets, by: \.scope)
        var hops: [OpenHop] = []
        hops.reserveCapacity(tree.hops.count)
        for entry in tree.hops {
            hops.append(
                OpenHop(
                    id: entry.id, hop: try opened(entry.document, of: entry.id, Hop.metadataField),
                    steps: steps[entry.id] ?? [], assets: hopAssets[.hop(entry.id)] ?? []))
        }
        var assets: [OpenAsset] = []
        assets.reserveCapacity(tree.assets.count)
        for entry in tree.assets { assets.append(try opened(entry)) }
        return OpenMission(id: tree.id, version: tree.version, mission: mission, hops: hops, assets: assets)
    }

    func openedHop(_ id: HopID, of tree: MissionTree) throws(SessionError) -> OpenHop {
        guard let entry = tree.hops.first(where: { $0.id == id }) else { throw .notFound }
        return OpenHop(
            id: id, hop: try opened(entry.document, of: id, Hop.metadataField), steps: tree.steps(of: id),
            assets: tree.assets.filter { $0.scope == .hop(id) })
    }

    func openedAsset(_ id: AssetID, of tree: MissionTree) throws(SessionError) -> OpenAsset {
        guard let entry = tree.assets.first(where: { $0.id == id }) else { throw .notFound }
        return try opened(entry)
    }

    func opened(_ entry: MissionTree.AssetEntry) throws(SessionError) -> OpenAsset {
        OpenAsset(entry: entry, asset: try opened(entry.document, of: entry.id, Asset.metadataField))
    }

    func opened<Kind>(
        _ document: [UInt8], of id: Identifier<Kind>, _ field: StaticString
    ) throws(SessionError) -> OpenDocument {
        guard let (head, envelope) = SealedMember.split(document, field) else {
            throw alarm("a stored document can't be read", id, "\(field) is not its last member")
        }
        guard let envelope else { return OpenDocument(head: head, metadata: ToolStep.emptyObject) }
        do {
            return OpenDocument(head: head, metadata: try seal.open(envelope, of: id, field: "\(field)"))
        } catch { throw alarm("metadata can't be opened", id, "\(error)") }
    }

    /// Nil for none, and for `{}`.
    func sealed<Kind>(
        _ metadata: [UInt8]?, of id: Identifier<Kind>, _ field: StaticString
    ) throws(SessionError) -> [UInt8]? {
        guard let metadata, metadata != ToolStep.emptyObject else { return nil }
        do { return try seal.seal(metadata, of: id, field: "\(field)") } catch {
            throw alarm("metadata can't be sealed", id, "\(error)")
        }
    }

    /// For a replacement: nil keeps what is there.
    func resealed<Kind>(
        _ metadata: [UInt8]?, of id: Identifier<Kind>, _ field: StaticString
    ) throws(SessionError) -> [UInt8]?? {
        guard metadata != nil else { return nil }
        return .some(try sealed(metadata, of: id, field))
    }

    func alarm<Kind>(_ what: Logger.Message, _ id: Identifier<Kind>, _ reason: String) -> SessionError {
        logger.critical(what, metadata: ["id": "\(id)", "reason": "\(reason)"])
        return .failed
    }
}
