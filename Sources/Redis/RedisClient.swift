public import Logging
public import NIOCore
import Synchronization

/// A ``RedisSender`` that renews its connection. One per event loop.
///
///     let client = RedisClient(configuration: configuration, eventLoop: eventLoop, logger: logger)
///     await client.run()                                  // in a task or service of its own
///     let reply = try await client.send(RedisCommand("GET", "key"))
///
/// While there is no connection, commands fail at once as *not written*; none waits for one. What to do meanwhile is the
/// caller's to decide, and it knows that nothing was sent.
///
/// Unchecked: as ``RedisSender``; beside that it has constants and an atomic.
public final class RedisClient: RedisSender, @unchecked Sendable {
    /// Looks a new connection over before anybody else uses it; throwing turns it down. The connection is the sender's for as long as
    /// the function runs, and commands on it have the usual deadlines.
    public typealias Admission = @Sendable (_ connection: RedisSender) async throws -> Void

    private let connector: Connector
    private let admit: Admission
    private let connected = Atomic(false)
    /// For the event loop, which asks often; and for everybody else.
    private final var confinedRunID: String?
    private let sharedRunID = Mutex<String?>(nil)

    public init(
        configuration: RedisConfiguration, eventLoop: any EventLoop, logger: Logger, pacing: RedisPacing = .init(),
        onConnect admit: @escaping Admission = { _ in }
    ) {
        self.connector = Connector(configuration: configuration, eventLoop: eventLoop, logger: logger, pacing: pacing)
        self.admit = admit
        super.init(eventLoop: eventLoop)
    }

    /// Whether a connection is admitted. From any thread; true a moment too long when one breaks.
    public var isConnected: Bool { connected.load(ordering: .relaxed) }

    /// The `run_id` that the server of the present (or, between two, the last) connection told of itself: each start of
    /// a server has another, so a connection lives and dies with one. Nil before the first connection.
    public final var runID: String? { eventLoop.inEventLoop ? confinedRunID : sharedRunID.withLock { $0 } }

    /// Keeps it connected until the task is cancelled; then takes no new commands, waits for the replies to those written
    /// (``RedisLimits/stall`` at most) and closes. To be called once.
    public func run() async {
        await connector.keepTrying { connection in
            let runID = try await Self.runID(of: connection.sender)
            try await admit(connection.sender)
            return await use(connection, runID)
        }
    }

    private static func runID(of sender: RedisSender) async throws(RedisError) -> String {
        let info = try await sender.send(RedisCommand("INFO", "server")).string ?? ""
        for line in info.split(whereSeparator: \.isNewline) where line.hasPrefix("run_id:") {
            return String(line.dropFirst("run_id:".count))
        }
        throw .refused(RedisRefusal(code: .generic, message: "INFO server tells no run_id", effect: .nothing))
    }

    /// Lets everybody send on it until it ends.
    private func use(_ connection: Connector.Connection, _ runID: String) async -> TimeAmount {
        let sender = connection.sender
        try? await eventLoop.submit {
            self.pipeline = sender.pipeline
            self.confinedRunID = runID
        }.get()
        sharedRunID.withLock { $0 = runID }
        connected.store(true, ordering: .relaxed)
        connector.logger.info("connected to Redis", metadata: ["server": "\(connection.server)"])
        // An ended pipeline rejects what comes; it stays until the next one takes its place.
        defer { connected.store(false, ordering: .relaxed) }
        return await connector.untilEnd(of: connection) {
            try await sender.send(RedisCommand("ROLE"))
        } end: {
            sender.eventLoop.execute { sender.pipeline?.drain() }
        }
    }
}
