import Logging
import ServiceLifecycle
import SessionModel

/// Abandons sessions as soon as it hears that their liveness keys ran out. Only a hint: ``Sweep`` finds what this misses.
public struct ExpiryHints: Service {
    /// Hints that may wait; further ones are dropped, and found by the sweep.
    private static let mostWaiting = 10_000

    private let hot: any HotStore
    private let logger: Logger
    private let hints: AsyncStream<SessionID>
    private let continuation: AsyncStream<SessionID>.Continuation

    public init(hot: any HotStore, logger: Logger) {
        self.hot = hot
        self.logger = logger
        (hints, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.mostWaiting))
    }

    /// From any thread.
    public func expired(_ id: SessionID) { continuation.yield(id) }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            for await id in hints {
                do {
                    if case .done = try await hot.abandon(id) { SessionMetrics.abandoned.increment() }
                } catch {
                    logger.debug("a hint was not followed", metadata: ["reason": "\(error)"])
                }
            }
        }
    }
}
