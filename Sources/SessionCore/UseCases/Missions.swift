import Logging
import SessionModel

public struct NewMission: Sendable {
    public var name: String
    public var description: String?
    public var goal: String?
    public var successCriteria: [String]
    /// A JSON object; nil for `{}`.
    public var metadata: [UInt8]?

    public init(
        name: String, description: String? = nil, goal: String? = nil, successCriteria: [String] = [],
        metadata: [UInt8]? = nil
    ) {
        self.name = name
        self.description = description
        self.goal = goal
        self.successCriteria = successCriteria
        self.metadata = metadata
    }
}

/// What a person can do with missions. As ``Sessions``, one value for each event loop.
public struct Missions: Sendable {
    let hot: any HotStore
    let durable: any DurableStore
    let seal: MetadataSeal
    let shards: ShardCount
    let logger: Logger

    static let metadataField = "mission_metadata"

    public func load(_ id: MissionID, user: UserID) async throws(SessionError) -> MissionView {
        do {
            switch try await hot.mission(id, of: user) {
            case .done(let mission), .replayed(let mission):
                return MissionView(mission: try opened(mission), source: .hot)
            case .refused(.miss):
                return MissionView(mission: try opened(try await hydrate(id, user)), source: .loaded)
            case .refused: throw SessionError.notFound
            }
        } catch let error as HotError {
            throw SessionError(error, logger)
        } catch let error as SessionError {
            throw error
        } catch { throw .failed }
    }

    /// Reads a mission that is not hot from SQLite and makes it hot.
    @discardableResult
    func hydrate(_ id: MissionID, _ user: UserID) async throws(SessionError) -> Mission {
        guard shards.shard(of: user) == id.shard else { throw .notFound }
        do {
            let readAt = try await hot.time(of: id.shard)
            guard let mission = try await durable.mission(id, of: user) else { throw SessionError.notFound }
            _ = try await hot.hydrate(mission, readAt: readAt)
            return mission
        } catch let error as HotError {
            throw SessionError(error, logger)
        } catch let error as DurableError {
            throw SessionError(error, logger)
        } catch let error as SessionError {
            throw error
        } catch { throw .failed }
    }

    func opened(_ mission: Mission) throws(SessionError) -> OpenMission {
        guard let envelope = mission.sealedMetadata else {
            return OpenMission(mission: mission, metadata: Array("{}".utf8))
        }
        do {
            return OpenMission(
                mission: mission, metadata: try seal.open(envelope, of: mission.id, field: Self.metadataField))
        } catch {
            logger.critical(
                "metadata can't be opened", metadata: ["mission": "\(mission.id)", "reason": "\(error)"])
            throw .failed
        }
    }
}

extension Sessions {
    /// A new mission, linked to `session` in the same atom where one is given.
    public func createMission(
        _ new: NewMission, session: SessionID?, user: UserID, idempotency: Idempotency?
    ) async throws(SessionError) -> Written<OpenMission> {
        var generator = SystemRandomNumberGenerator()
        let id = MissionID.random(in: shards.shard(of: user), at: .now, using: &generator)
        var envelope: [UInt8]?
        if let metadata = new.metadata {
            do { envelope = try seal.seal(metadata, of: id, field: Missions.metadataField) } catch { throw .failed }
        }
        let creation = MissionCreation(
            mission: Mission(
                id: id, userID: user, name: new.name, description: new.description, goal: new.goal,
                successCriteria: new.successCriteria, status: .awaitingApproval, sealedMetadata: envelope, version: 1,
                logID: .zero, createdAt: .now, updatedAt: .now),
            session: session, idempotency: idempotency)
        let written = try await step(on: session, user, isRepeatable: idempotency != nil) { (_) throws(HotError) in
            try await hot.create(creation)
        }
        let mission = written.value
        return Written(
            value: OpenMission(mission: mission, metadata: new.metadata ?? Array("{}".utf8)),
            write: WriteID(shard: id.shard, log: mission.logID), isReplay: written.isReplay, source: written.source)
    }
}
