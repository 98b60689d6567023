import Crypto
import FoundationEssentials
import SessionCore

extension Settings {
    /// The secret by which tokens are signed (HS256), without the line's end; nil when none is configured.
    ///
    /// In development a missing one is made.
    public func tokenSecret() throws(SettingsError) -> String? {
        guard let file = tokens.secretFile else { return nil }
        if isDevelopment {
            try SecretFile.makeIfMissing(file) {
                SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() } + "\n"
            }
        }
        let secret = try SecretFile.readLine(file)
        guard secret.utf8.count >= Self.shortestTokenSecret else {
            throw SettingsError("\(file): a secret of under \(Self.shortestTokenSecret) bytes can be guessed")
        }
        return secret
    }

    /// Bytes: an HMAC's key should be as long as its output (RFC 7518, section 3.2).
    public static let shortestTokenSecret = 32

    /// The keys that hide metadata. In development a missing ring is made.
    public func metadataKeys() throws(SettingsError) -> KeyRing {
        if isDevelopment { try SecretFile.makeIfMissing(metadataKeysFile, KeyRing.newText) }
        let text = try SecretFile.read(metadataKeysFile)
        do { return try KeyRing(text) } catch { throw SettingsError("\(metadataKeysFile): \(error)") }
    }
}
