public import Logging
import Synchronization

/// Where the keys come from that tokens are checked with.
public struct TokenKeySource: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The file is one HS256 secret: at least 32 bytes, not readable by others.
        case secret
        /// The file is a JWKS, or one public key in PEM.
        case publicKeys
    }

    public var kind: Kind
    public var path: String

    public init(_ kind: Kind, path: String) {
        self.kind = kind
        self.path = path
    }
}

/// The keys in force, shared by all event loops.
///
///     run()  ── file changed? ──▶ read, replace, generation + 1
///     a loop ── generation as before? its own copy : copy under the lock, forget remembered tokens
///
/// So a request reads one atomic number; the lock is taken once per loop and change. A file that has become unusable
/// changes nothing: the keys from before stay in force, and the log says so.
public final class TokenKeys: Sendable {
    private let source: TokenKeySource
    private let logger: Logger
    private let state: Mutex<(set: TokenKeySet, stamp: KeyFile.Stamp)>
    private let current = Atomic<UInt64>(1)

    /// Reads the file; refuses one that is unusable or exposed.
    public init(_ source: TokenKeySource, logger: Logger) async throws(TokenKeyError) {
        self.source = source
        self.logger = logger
        let file = try KeyFile(path: source.path)
        state = Mutex((try await TokenKeySet(file, as: source.kind), file.stamp))
    }

    /// Goes up with every change.
    var generation: UInt64 { current.load(ordering: .acquiring) }

    var set: TokenKeySet { state.withLock { $0.set } }

    /// Reads the file again if it was changed. True if there are new keys now.
    @discardableResult
    public func refresh() async throws(TokenKeyError) -> Bool {
        let known = state.withLock { $0.stamp }
        guard KeyFile.stamp(path: source.path) != known else { return false }
        let file = try KeyFile(path: source.path)
        let set = try await TokenKeySet(file, as: source.kind)
        state.withLock { $0 = (set, file.stamp) }
        current.add(1, ordering: .releasing)
        return true
    }

    /// Looks at the file every `interval` until the task is cancelled.
    public func run(every interval: Duration = .seconds(5)) async {
        var lastError: TokenKeyError?
        while (try? await Task.sleep(for: interval)) != nil {
            do throws(TokenKeyError) {
                if try await refresh() { logger.notice("token keys read again") }
                lastError = nil
            } catch {
                if error != lastError {
                    logger.error("token keys stay as they were", metadata: ["reason": "\(error)"])
                }
                lastError = error
            }
        }
    }
}
