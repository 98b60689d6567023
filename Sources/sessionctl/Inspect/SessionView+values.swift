import SessionCore
import SessionModel
import Terminal

extension SessionView {
    /// A field as people read it.
    func shown(_ value: [UInt8]?, _ name: String, isThere: Bool) -> String {
        guard isThere else { return "–" }
        guard let value else { return "none" }
        if name == "\(UserSession.metadataField)" { return Self.sealed(value) }
        let text = String(decoding: value, as: UTF8.self)
        guard name.hasSuffix("_at"), let milliseconds = Int64(text) else { return text }
        return Timestamp(milliseconds: milliseconds).description
    }

    static func sealed(_ envelope: [UInt8]) -> String {
        guard let key = MetadataSeal.keyID(of: envelope) else {
            return "\(Units.bytes(envelope.count)) that are no seal's"
        }
        return "sealed, \(Units.count(envelope.count)) bytes, key \(key)"
    }

    /// Metadata of both tiers, once where it is the same; nothing without the key ring.
    var revealed: String {
        guard seal != nil else { return "" }
        return openings.map { name, tiers, text in "\(name) (\(tiers)): \(Printable.text(text))\n" }.joined() + "\n"
    }

    /// What each sealed value holds, or why it can't be told.
    var openings: [(name: String, tiers: String, text: String)] {
        func pairs<Kind>(
            _ hot: [UInt8]?, _ stored: [UInt8]?, of id: Identifier<Kind>, _ field: StaticString
        ) -> [(name: String, tiers: String, text: String)] {
            let (first, second) = (opened(hot, of: id, field), opened(stored, of: id, field))
            if let first, first == second { return [("\(field)", "Redis, SQLite", first)] }
            return [(first, "Redis"), (second, "SQLite")].compactMap { text, tier in
                text.map { ("\(field)", tier, $0) }
            }
        }
        let field = sides.comparison.fields.first { $0.name == "\(UserSession.metadataField)" }
        var all = pairs(field?.hot, field?.stored, of: id, UserSession.metadataField)
        if let mission = hot.mission?.id ?? stored.mission?.id {
            let (first, second) = (hot.mission?.sealedMetadata, stored.mission?.sealedMetadata)
            all += pairs(first, second, of: mission, Mission.metadataField)
        }
        return all
    }

    private func opened<Kind>(_ envelope: [UInt8]?, of id: Identifier<Kind>, _ field: StaticString) -> String? {
        guard let seal, let envelope else { return nil }
        do { return String(decoding: try seal.open(envelope, of: id, field: "\(field)"), as: UTF8.self) } catch {
            return switch error {
            case .unknownKey(let key): "the key ring has no key \(key)"
            case .damaged: "damaged: it is not what was sealed there"
            }
        }
    }
}

extension MissionTree {
    var sealedMetadata: [UInt8]? { SealedMember.split(mission, Mission.metadataField)?.envelope }
}
