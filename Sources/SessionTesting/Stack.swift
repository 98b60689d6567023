import FoundationEssentials

/// The whole service as it is deployed, on private sockets in a temporary folder:
///
///     client ─▶ nginx ─▶ sessiond (one or several) ─▶ (fault proxy ─▶) redis-server
///                                  └▶ SQLite, in `dataFolder`
///
/// Nothing of it outlives `withStack`.
public final class Stack: Sendable {
    public struct Options: Sendable {
        /// Instances of sessiond on one Redis and one data folder; nginx spreads the requests over them.
        public var instances = 1
        /// What each instance does, `all` for those not named; nginx leaves out those that only flush.
        public var roles: [String] = []
        public var shards = 1
        /// Settings by the names of `config/sessiond.yaml`: `["lifecycle.abandon-after": "250ms"]`.
        public var settings: [String: String] = [:]
        /// Settings over those of `config/redis.conf`.
        public var redis = RedisServer.Options()
        /// Whether sessiond reaches Redis through `Stack.proxy`.
        public var isRedisProxied = false
        /// Added to nginx's `http` block.
        public var nginxDirectives = ""
        /// A command in front of each sessiond.
        public var wrapper: [String] = []
        public var readiness = SessiondProcess.Readiness.ready

        public init() {}
    }

    public let folder: TemporaryFolder
    public let redis: RedisServer
    /// Set if `Options.isRedisProxied`.
    public let proxy: FaultProxy?
    public let services: [SessiondProcess]
    public let nginx: NginxServer
    public let http: HTTPClient
    public let signer: TokenSigner
    /// Holds the SQLite files.
    public let dataFolder: String

    /// The first instance.
    public var service: SessiondProcess { services[0] }

    public static func start(_ options: Options = Options()) async throws -> Stack {
        let folder = try TemporaryFolder()
        let redis = try await RedisServer.start(options.redis, in: folder)
        let proxy =
            options.isRedisProxied
            ? try await FaultProxy.start(socket: folder.file("proxy.sock"), server: redis.socket) : nil
        let data = try folder.folder("data")
        let secret = (0..<32).map { _ in String(UInt8.random(in: 16...255), radix: 16) }.joined()
        let defaults = [
            "shards": String(options.shards),
            "redis.socket": proxy?.socket ?? redis.socket,
            "data.folder": data,
            "keys.metadata-file": folder.file("metadata-keys"),
            "tokens.secret-file": try folder.write(secret, to: "token-secret"),
            // Makes the key ring.
            "development": "true",
            "log.format": "text",
        ]
        let settings = defaults.merging(options.settings) { $1 }
        var services: [SessiondProcess] = []
        for number in 1...max(options.instances, 1) {
            let role = number <= options.roles.count ? options.roles[number - 1] : "all"
            let service = SessiondProcess(
                name: "sessiond\(number)", settings: settings.merging(["role": role]) { $1 }, in: folder,
                wrapper: options.wrapper)
            try await service.start(until: options.readiness)
            services.append(service)
        }
        let nginx = try await NginxServer.start(
            services: services.filter { $0.settings["role"] != "flush" }.map(\.socket),
            directives: options.nginxDirectives, in: folder)
        return Stack(
            folder: folder, redis: redis, proxy: proxy, services: services, nginx: nginx,
            signer: TokenSigner(secret: secret), dataFolder: settings["data.folder"] ?? data)
    }

    private init(
        folder: TemporaryFolder, redis: RedisServer, proxy: FaultProxy?, services: [SessiondProcess],
        nginx: NginxServer, signer: TokenSigner, dataFolder: String
    ) {
        self.folder = folder
        self.redis = redis
        self.proxy = proxy
        self.services = services
        self.nginx = nginx
        self.signer = signer
        self.dataFolder = dataFolder
        http = HTTPClient(socket: nginx.socket)
    }

    /// SIGKILL to everything that still runs, in the order in which it depends on each other.
    public func kill() {
        nginx.kill()
        for service in services { service.kill() }
        redis.kill()
    }

    /// A request through nginx, as `user` (no token if `nil`).
    public func request(
        _ method: String, _ path: String, as user: String? = nil, json: String? = nil,
        headers: [(String, String)] = []
    ) async throws -> HTTPAnswer {
        var all = headers
        if let user { all.append(("Authorization", "Bearer \(signer.token(user: user))")) }
        if json != nil, !headers.contains(where: { $0.0.lowercased() == "content-type" }) {
            all.append(("Content-Type", "application/json"))
        }
        return try await http.request(method, path, headers: all, body: json.map { Array($0.utf8) })
    }

    /// The last lines of every log.
    public func logTails() -> String {
        let logs =
            services.map { ("sessiond", $0.logTail()) } + [("nginx", nginx.logTail()), ("redis", redis.logTail())]
        return logs.map { "── \($0) ──\n\($1)" }.joined(separator: "\n")
    }
}

/// Runs `body` with a stack of its own, and ends it. If `body` throws, prints the ends of the logs first.
public func withStack<Result>(
    _ options: Stack.Options = Stack.Options(), _ body: (Stack) async throws -> Result
) async throws -> Result {
    let stack = try await Stack.start(options)
    defer { stack.kill() }
    do {
        return try await body(stack)
    } catch {
        print(stack.logTails())
        throw error
    }
}
