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
    /// Deriving a key costs more than opening what it sealed: those that were used last are kept, at about 250 bytes each.
    private let derived = RecentTable<Any, Derived>(log2: 12)

    /// What seals a field of one thing.
    private struct Derived: Sendable {
        let name: String
        let field: String
        let key: SymmetricKey
        /// The associated data.
        let context: Data
    }

    private static let format: UInt8 = 1
    private static let purpose = Data("sd/metadata/v1".utf8)

    /// One for each event loop.
    public init(_ ring: KeyRing) { self.ring = ring }

    public func seal<Kind>(_ plaintext: [UInt8], of id: Identifier<Kind>, field: String) throws(SealError) -> [UInt8] {
        guard let master = ring.keys[ring.current] else { throw .unknownKey(ring.current) }
        let derived = derived(master, ring.current, id, field)
        do {
            let box = try AES.GCM.seal(plaintext, using: derived.key, authenticating: derived.context)
            var envelope: [UInt8] = []
            envelope.reserveCapacity(2 + ring.current.utf8.count + 12 + plaintext.count + 16)
            envelope += [Self.format, UInt8(ring.current.utf8.count)]
            envelope += ring.current.utf8
            // Nonce, ciphertext, tag: there is no other form with a nonce of 12 bytes.
            guard let combined = box.combined else { throw SealError.damaged }
            combined.withUnsafeBytes { envelope.append(contentsOf: $0) }
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
            let derived = derived(master, name, id, field)
            let plaintext = try AES.GCM.open(box, using: derived.key, authenticating: derived.context)
            return plaintext.withUnsafeBytes { [UInt8]($0) }
        } catch { throw .damaged }
    }

    /// The id of the key that sealed an envelope; nil where it is none.
    public static func keyID(of envelope: [UInt8]) -> String? {
        guard envelope.count >= 2, envelope[0] == format, envelope.count >= 30 + Int(envelope[1]) else { return nil }
        return String(validating: envelope[2..<(2 + Int(envelope[1]))], as: UTF8.self)
    }

    private func derived<Kind>(
        _ master: SymmetricKey, _ name: String, _ id: Identifier<Kind>, _ field: String
    ) -> Derived {
        let thing = Identifier<Any>(high: id.high, low: id.low)
        if let known = derived[thing], known.name == name, known.field == field { return known }
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, salt: Data(id.description.utf8), info: Self.purpose, outputByteCount: 32)
        let new = Derived(name: name, field: field, key: key, context: Self.context(id, field, name))
        derived[thing] = new
        return new
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
