import FuzzSupport

@testable import SessionModel

/// Whatever lies in a tier: a stored document is read, and written again reads the same, or is refused.
enum Documents {
    private static let mission = MissionID(high: 1, low: 2)

    static func read(_ bytes: [UInt8]) {
        if let one = try? Mission(document: bytes) {
            check((try? Mission(document: one.document())) == one, "a mission")
        }
        if let one = try? Hop(document: bytes) { check((try? Hop(document: one.document())) == one, "a hop") }
        if let one = try? ToolStep(document: bytes) {
            check((try? ToolStep(document: one.document())) == one, "a tool step")
        }
        if let one = try? Asset(document: bytes, in: mission) {
            check((try? Asset(document: one.document(), in: mission)) == one, "an asset")
        }
        _ = try? MissionTree.HopEntry(document: bytes)
        _ = try? MissionTree.StepEntry(document: bytes)
        _ = try? MissionTree.AssetEntry(document: bytes)
        for field in [Mission.metadataField, Hop.metadataField, Asset.metadataField] {
            _ = SealedMember.split(bytes, field)
        }
    }
}
