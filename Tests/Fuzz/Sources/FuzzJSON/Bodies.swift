import FuzzSupport

@testable import SessionAPI
@testable import SessionCore
@testable import SessionModel

/// Every reader of a body: what it refuses it says in JSON; what it takes can be stored, and is read again as it was.
enum Bodies {
    private static let limits = {
        var limits = APILimits()
        limits.messageBytes = 64
        limits.metadataBytes = 64
        limits.assetBytes = 64
        return limits
    }()
    private static let time = Timestamp(milliseconds: 1_763_900_000_123)
    private static let session = SessionID(high: 1 << 60 | 0x7000, low: 1 << 63)
    private static let mission = MissionID(high: 1, low: 2)
    private static let hop = HopID(high: 3, low: 4)
    private static let step = ToolStepID(high: 5, low: 6)
    private static let asset = AssetID(high: 7, low: 8)

    static func read(_ root: JSONValue) {
        if let body = tried({ try SessionCreationBody(root, limits: limits) }) { checkObject(body.metadata) }
        if let body = tried({ try SessionReplacement(root, limits: limits) }) { checkObject(body.metadata) }
        if let body = tried({ try SessionPatchBody(root, limits: limits) }), let patch = body.metadataPatch {
            check(patch.kind == .object || patch.kind == .null, "metadata that is no object")
        }
        if let body = tried({ try MessageBody(root, limits: limits) }) { checkMessages(body) }
        readMission(root)
        readHop(root)
        readStep(root)
        readAsset(root)
        _ = tried { try StatusBody<MissionStatus>(root) }
    }

    private static func tried<Body>(_ read: () throws -> Body) -> Body? {
        do {
            return try read()
        } catch let problem as Problem {
            check(problem.status == 413 || problem.status == 422, "a fault of another kind")
            check((1...APILimits.reportedFaults).contains(problem.faults.count), "faults without number")
            guard case .buffer(let bytes) = problem.response.body else { fatalError("a problem without a body") }
            guard let said = try? JSONTape(Array(bytes.readableBytesView)).root, let faults = said["errors"] else {
                fatalError("a problem that is not JSON")
            }
            let pointers = faults.elements.map { $0["pointer"]?.string ?? "-" }
            check(pointers == problem.faults.map(\.pointer), "faults that say something else")
            check(pointers.allSatisfy { $0.isEmpty || $0.utf8.first == UInt8(ascii: "/") }, "a pointer that is none")
            return nil
        } catch {
            fatalError("\(error)")
        }
    }

    private static func checkObject(_ metadata: [UInt8]?) {
        guard let metadata else { return }
        check((try? JSONTape(metadata))?.root.kind == .object, "metadata that is no object")
    }

    private static func checkMessages(_ body: MessageBody) {
        check((1...APILimits.messagesPerAppend).contains(body.items.count), "messages without number")
        for item in body.items {
            check(item.content.utf8.count <= limits.messageBytes, "a message over its limit")
            let document = MessageJSON.document(
                id: item.id ?? MessageID(high: 9, low: 9), chat: session.chat, sequence: 7, at: time, role: item.role,
                content: item.content, metadata: item.metadata)
            guard let root = try? JSONTape(stored: document).root else { fatalError("a message that is not JSON") }
            check(root["content"]?.string.map { Array($0.utf8) } == Array(item.content.utf8), "another content")
            check(root["message_metadata"].map { Array($0.raw) } == item.metadata, "other metadata")
            check(root["role"]?.string == item.role.rawValue, "another role")
        }
    }

    private static func readMission(_ root: JSONValue) {
        _ = tried { try MissionReplacement(root, limits: limits) }
        guard let user = UserID("4\"2"), let new = tried({ try NewMission(root, limits: limits) }) else { return }
        let made = Mission(
            id: mission, userID: user, name: new.name, description: new.description, goal: new.goal,
            successCriteria: new.successCriteria, sealedMetadata: new.metadata, createdAt: time, updatedAt: time)
        let document = made.document()
        check((try? Mission(document: document)) == made, "a mission is read otherwise than it was written")
        checkSealed(document, Mission.metadataField, new.metadata)
        for new in new.assets { checkAsset(new, user) }
    }

    private static func readHop(_ root: JSONValue) {
        _ = tried { try HopReplacement(root, limits: limits) }
        guard let new = tried({ try NewHop(root, limits: limits) }) else { return }
        let made = new.hop(hop, in: mission, sequence: 3, sealed: new.metadata, at: time)
        let document = made.document()
        check((try? Hop(document: document)) == made, "a hop is read otherwise than it was written")
        let entry = try? MissionTree.HopEntry(document: document)
        check(entry?.id == hop && entry?.sequence == 3 && entry?.status == made.status, "a hop's head")
        checkSealed(document, Hop.metadataField, new.metadata)
    }

    private static func readStep(_ root: JSONValue) {
        _ = tried { try ToolStepReplacement(root, limits: limits) }
        guard let new = tried({ try NewToolStep(root, limits: limits) }) else { return }
        let made = new.step(step, of: hop, sequence: 3, at: time)
        let document = made.document()
        check((try? ToolStep(document: document)) == made, "a tool step is read otherwise than it was written")
        let entry = try? MissionTree.StepEntry(document: document)
        check(entry?.id == step && entry?.hop == hop && entry?.status == made.status, "a tool step's head")
    }

    private static func readAsset(_ root: JSONValue) {
        _ = tried { try AssetReplacement(root, limits: limits) }
        guard let user = UserID("42"), let new = tried({ try NewAsset(root, in: mission, limits: limits) }) else {
            return
        }
        checkAsset(new, user)
    }

    private static func checkAsset(_ new: NewAsset, _ user: UserID) {
        let made = new.asset(asset, in: mission, of: user, sealed: new.metadata, at: time)
        let document = made.document()
        check((try? Asset(document: document, in: mission)) == made, "an asset is read otherwise than it was written")
        let entry = try? MissionTree.AssetEntry(document: document)
        check(entry?.id == asset && entry?.role == made.role && entry?.scope == made.scope, "an asset's head")
        checkSealed(document, Asset.metadataField, new.metadata)
        if let content = new.content { check((try? JSONTape(content)) != nil, "a content that is not JSON") }
    }

    private static func checkSealed(_ document: [UInt8], _ field: StaticString, _ envelope: [UInt8]?) {
        guard let (open, found) = SealedMember.split(document, field) else { fatalError("no sealed member") }
        check(found == envelope, "another envelope")
        check((try? JSONTape(stored: Array(open) + [UInt8(ascii: "}")])) != nil, "what is before it is not JSON")
    }
}
