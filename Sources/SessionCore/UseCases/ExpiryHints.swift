import Logging
import ServiceLifecycle
import SessionModel

/// Abandons sessions as soon as it hears that their liveness keys ran out. Only a hint: ``Sweep`` finds what this misses, and
/// what ``SweepWatch`` didn't let it do.
public struct ExpiryHints: Service {
    /// Hints that may wait; further ones are dropped, and found by the sweep.
    private static let mostWaiting = 10_000

    private struct Hint: Sendable {
        var session: SessionID
        var heardAt: ContinuousClock.Instant
    }

    private let hot: any HotStore
    private let watches: [Shard: SweepWatch]
    private let logger: Logger
    private let hints: AsyncStream<Hint>
    private let continuation: AsyncStream<Hint>.Continuation

    /// - Parameter watches: one for each shard whose hints are followed.
    public init(hot: any HotStore, watches: [SweepWatch], logger: Logger) {
        self.hot = hot
        self.watches = Dictionary(watches.map { ($0.shard, $0) }) { first, _ in first }
        self.logger = logger
        (hints, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.mostWaiting))
    }

    /// From any thread.
    public func expired(_ id: SessionID) {
        guard let watch = watches[id.shard] else { return }
        continuation.yield(Hint(session: id, heardAt: watch.now))
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            for await hint in hints {
                do {
                    guard try await watches[hint.session.shard]?.mayGoOn(heardAt: hint.heardAt) == true,
                        case .done = try await hot.abandon(hint.session)
                    else { continue }
                    SessionMetrics.abandoned.increment()
                } catch {
                    logger.debug("a hint was not followed", metadata: ["reason": "\(error)"])
                }
            }
        }
    }
}
