/// An error reply of Redis: `-CODE text`.
public struct RedisRefusal: Error, Sendable, Equatable {
    public let code: Code

    /// The whole error line, the code included, without the leading `-`. For logs, not for clients.
    public let message: String

    /// What the refused command may have changed.
    public let effect: Effect

    public enum Effect: Sendable, Equatable {
        /// Redis refused it before doing anything.
        case nothing
        /// A script that fails half-way keeps what it has written, and its error looks like any other.
        case maybePartly
    }

    public enum Code: Sendable, Hashable {
        case ask, busy, clusterDown, execAbort, loading, masterDown, misconf, moved, noAuth, noPermission, noReplicas
        case noScript, outOfMemory, readOnly, tryAgain, wrongPassword, wrongType
        /// Plain `ERR`.
        case generic
        /// A word not listed here, a script's own for instance.
        case other(String)
    }

    init(message: String) {
        let word = String(message.prefix { $0 != " " })
        let code = Code(word: word)
        self.init(code: code, message: message, effect: code.effect)
    }

    init(code: Code, message: String, effect: Effect) {
        self.code = code
        self.message = message
        self.effect = effect
    }
}

extension RedisRefusal.Code {
    init(word: String) {
        self = Self.words[word] ?? .other(word)
    }

    private static let words: [String: Self] = [
        "ASK": .ask, "BUSY": .busy, "CLUSTERDOWN": .clusterDown, "EXECABORT": .execAbort, "LOADING": .loading,
        "MASTERDOWN": .masterDown, "MISCONF": .misconf, "MOVED": .moved, "NOAUTH": .noAuth, "NOPERM": .noPermission,
        "NOREPLICAS": .noReplicas, "NOSCRIPT": .noScript, "OOM": .outOfMemory, "READONLY": .readOnly,
        "TRYAGAIN": .tryAgain, "WRONGPASS": .wrongPassword, "WRONGTYPE": .wrongType, "ERR": .generic,
    ]

    /// The refusals that Redis makes before a command, or before a script's first write, are certain to have changed
    /// nothing: none of them can come up once a script has written.
    public var effect: RedisRefusal.Effect {
        switch self {
        case .ask, .busy, .clusterDown, .execAbort, .loading, .masterDown, .misconf, .moved, .noAuth, .noPermission,
            .noReplicas, .noScript, .outOfMemory, .readOnly, .tryAgain, .wrongPassword:
            .nothing
        case .wrongType, .generic, .other:
            .maybePartly
        }
    }

    /// Whether the node is not, or no longer, one that takes writes on this dataset, so that a new connection (which
    /// may lead elsewhere, and whose admission looks again at what it leads to) is the remedy.
    var demandsNewConnection: Bool {
        switch self {
        case .loading, .masterDown, .readOnly:
            true
        case .ask, .busy, .clusterDown, .execAbort, .misconf, .moved, .noAuth, .noPermission, .noReplicas, .noScript,
            .outOfMemory, .tryAgain, .wrongPassword, .wrongType, .generic, .other:
            false
        }
    }
}
