import DurableTier
import FastCGIServer
import FoundationEssentials
import HotTier
import Logging
import NIOCore
import Redis
import ServiceLifecycle
import SessionAPI
import SessionModel
import SessionOptions
import SessionSettings

#if canImport(Glibc)
    import Glibc
#endif

extension Service {
    var loopCount: Int {
        settings.loops > 0 ? settings.loops : min(4, max(1, System.coreCount))
    }

    var address: FastCGIAddress {
        if let inherited = FastCGIAddress.socketActivation(Self.environment) { return inherited }
        return switch settings.listen {
        case .unix(let path, let mode): .unixSocket(path: path, mode: mode)
        case .tcp(let host, let port): .tcp(host: host, port: port)
        }
    }

    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    var apiLimits: APILimits {
        var limits = APILimits()
        limits.bodyBytes = settings.limits.body
        limits.messageBytes = settings.limits.message
        limits.metadataBytes = settings.limits.metadata
        limits.assetBytes = settings.limits.asset
        return limits
    }

    func redisConfiguration() throws -> RedisConfiguration {
        try RedisConfiguration(settings, name: "sessiond")
    }

    func client(
        _ configuration: RedisConfiguration, _ hotTier: HotTierConfiguration, _ durable: SQLiteStore,
        on loop: any EventLoop
    ) -> RedisClient {
        RedisClient(configuration: configuration, eventLoop: loop, logger: logger) { [logger] connection in
            try await RedisAdmission.check(connection, logger)
            try await RedisAdmission.checkLine(connection, hotTier, logger) { try? await durable.line(of: $0) }
        }
    }

    /// Whether requests find Redis, whichever loop they come to.
    static func connections(_ areOpen: [Bool]) -> (isReady: Bool, detail: String) {
        let open = areOpen.count { $0 }
        return (open == areOpen.count, "\(open) of \(areOpen.count) connections")
    }

    /// Reads every secret that the settings name.
    static func checkSecrets(_ settings: Settings) async throws {
        _ = try settings.metadataKeys()
        _ = try await tokenKeys(settings, Logger(label: "sessiond"))
        _ = try tokenRules(settings)
        _ = try RedisConfiguration(settings, name: "sessiond")
    }

    static func tokenKeys(_ settings: Settings, _ logger: Logger) async throws -> TokenKeys {
        if let file = settings.tokens.keySetFile {
            return try await TokenKeys(TokenKeySource(.publicKeys, path: file), logger: logger)
        }
        _ = try settings.tokenSecret()
        return try await TokenKeys(TokenKeySource(.secret, path: settings.tokens.secretFile ?? ""), logger: logger)
    }

    static func tokenRules(_ settings: Settings) throws -> TokenRules {
        guard
            let rules = TokenRules(
                issuer: settings.tokens.issuer, audience: settings.tokens.audience,
                leewaySeconds: Int(settings.tokens.leeway / 1000))
        else { throw ServiceError(description: "tokens.leeway is over \(TokenRules.longestLeeway) s") }
        return rules
    }
}

struct ServiceError: Error, CustomStringConvertible {
    let description: String
}

/// Runs until it is to stop, and is cancelled then.
struct UntilShutdown: ServiceLifecycle.Service {
    let work: @Sendable () async -> Void

    init(_ work: @escaping @Sendable () async -> Void) { self.work = work }

    func run() async throws { await cancelWhenGracefulShutdown { await work() } }
}

/// Listens until it is to stop; then answers what is in flight.
struct Listener: ServiceLifecycle.Service {
    let server: FastCGIServer
    let logger: Logger
    /// Ends the answers that would go on for ever.
    let endStreams: @Sendable () -> Void

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await server.run { address in
                logger.notice("listening", metadata: ["address": "\(address.map { "\($0)" } ?? "inherited")"])
            }
        } onGracefulShutdown: {
            endStreams()
            server.drain()
        }
    }
}
