import SessionModel
import Synchronization

/// Many who want the same at the same time wait for one who fetches it. What one finds is not kept: who comes later fetches
/// anew.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, any Error>

    private let flights = Mutex<[Key: Task<Outcome, Never>]>([:])

    /// The fetching is a task of its own, so that nobody's cancellation ends it for the others. There are as many as there are
    /// keys in demand, and each ends by its own deadlines.
    func run(_ key: Key, _ fetch: @escaping @Sendable () async -> Outcome) async -> Outcome {
        let flight = flights.withLock { flights in
            if let flight = flights[key] { return flight }
            let flight = Task {
                let outcome = await fetch()
                self.flights.withLock { $0[key] = nil }
                return outcome
            }
            flights[key] = flight
            return flight
        }
        return await flight.value
    }
}

/// Cold reads that are under way, over all event loops: a session that a thousand clients ask for is read once.
public final class ColdReads: Sendable {
    struct Reading: Hashable {
        var id: SessionID
        var user: UserID
        var messages: Int
    }

    struct MissionReading: Hashable {
        var id: MissionID
        var user: UserID
    }

    /// Sessions that are being put into the hot tier.
    let hydrations = SingleFlight<Reading, Void>()
    let missionHydrations = SingleFlight<MissionReading, Void>()
    private let sessions = SingleFlight<Reading, DurableSession?>()
    private let missions = SingleFlight<MissionReading, DurableMission?>()

    public init() {}

    func session(
        _ id: SessionID, of user: UserID, messages: Int, _ durable: any DurableStore
    ) async throws(HotError) -> DurableSession? {
        let outcome = await sessions.run(Reading(id: id, user: user, messages: messages)) {
            SessionMetrics.coldReads.increment()
            return await Result { try await durable.session(id, of: user, messages: messages) }
        }
        do { return try outcome.get() } catch { throw .unavailable("\(error)") }
    }

    func mission(
        _ id: MissionID, of user: UserID, _ durable: any DurableStore
    ) async throws(HotError) -> DurableMission? {
        let outcome = await missions.run(MissionReading(id: id, user: user)) {
            SessionMetrics.coldReads.increment()
            return await Result { try await durable.mission(id, of: user) }
        }
        do { return try outcome.get() } catch { throw .unavailable("\(error)") }
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
