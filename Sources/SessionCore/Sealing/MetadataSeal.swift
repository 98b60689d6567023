import Crypto
import FoundationEssentials
import SessionModel

/// Hides metadata before it leaves the process, and opens it again: AES-256-GCM under a key that belongs to the one thing
/// whose metadata it is (HKDF-SHA256 of the master key, salted with the thing's id), so that random nonces can't run out.
///
/// An envelope: format version (1 byte, 1), length of the key's id (1 byte), the key's id, nonce (12), ciphertext,
/// tag (16). Associated data are the format version, the thing's id, the field's name and the key's id: an envelope opens
/// only where it was sealed. What it does not do: an older envelope of the same field opens as well as the newest.
public struct MetadataSeal: Sendable {
    private let ring: KeyRing
    /// Deriving a key costs more than opening what it sealed: those that were used last are kept, at about 100 bytes each.
    private let derived = RecentTable<Any, (name: String, key: SymmetricKey)>(log2: 12)

    private static let format: UInt8 = 1
    private static let purpose = Data("sd/metadata/v1".utf8)

    /// One for each event loop.
    public init(_ ring: KeyRing) { self.ring = ring }

    public func seal<Kind>(_ plaintext: [UInt8], of id: Identifier<Kind>, field: String) throws(SealError) -> [UInt8] {
        guard let master = ring.keys[ring.current] else { throw .unknownKey(ring.current) }
        let context = Self.context(id, field, ring.current)
        do {
            let box = try AES.GCM.seal(plaintext, using: key(master, ring.current, id), authenticating: context)
            var envelope = [Self.format, UInt8(ring.current.utf8.count)]
            envelope += ring.current.utf8
            envelope += box.nonce
            envelope += box.ciphertext
            envelope += box.tag
            return envelope
        } catch { throw .damaged }
    }

    public func open<Kind>(_ envelope: [UInt8], of id: Identifier<Kind>, field: String) throws(SealError) -> [UInt8] {
        guard envelope.count >= 2, envelope[0] == Self.format else { throw .damaged }
        let start = 2 + Int(envelope[1])
        guard envelope.count >= start + 28 else { throw .damaged }
        let name = String(decoding: envelope[2..<start], as: UTF8.self)
        guard let master = ring.keys[name] else { throw .unknownKey(name) }
        do {
            let box = try AES.GCM.SealedBox(combined: envelope[start...])
            let plaintext = try AES.GCM.open(
                box, using: key(master, name, id), authenticating: Self.context(id, field, name))
            return [UInt8](plaintext)
        } catch { throw .damaged }
    }

    /// The id of the key that sealed an envelope; nil where it is none.
    public static func keyID(of envelope: [UInt8]) -> String? {
        guard envelope.count >= 2, envelope[0] == format, envelope.count >= 30 + Int(envelope[1]) else { return nil }
        return String(validating: envelope[2..<(2 + Int(envelope[1]))], as: UTF8.self)
    }

    private func key<Kind>(_ master: SymmetricKey, _ name: String, _ id: Identifier<Kind>) -> SymmetricKey {
        let thing = Identifier<Any>(high: id.high, low: id.low)
        if let known = derived[thing], known.name == name { return known.key }
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, salt: Data(id.description.utf8), info: Self.purpose, outputByteCount: 32)
        derived[thing] = (name, key)
        return key
    }

    private static func context<Kind>(_ id: Identifier<Kind>, _ field: String, _ key: String) -> Data {
        Data([format]) + Data("\(id)\0\(field)\0\(key)".utf8)
    }
}

public enum SealError: Error, Sendable, Equatable {
    /// The ring lacks the key that sealed it. Never to be taken for empty metadata: the next save would overwrite it.
    case unknownKey(String)
    /// The tag does not fit, or it is no envelope.
    case damaged
}
