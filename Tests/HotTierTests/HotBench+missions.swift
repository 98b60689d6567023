import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

// MARK: doing

extension HotBench {
    static let missionTime = Timestamp(milliseconds: 1_795_430_246_752)

    /// Another user of the same shard.
    func neighbour() throws -> UserID {
        try #require(
            (0..<1000).lazy.compactMap { UserID("other\($0)") }.first { configuration.shards.shard(of: $0) == shard })
    }

    func document(_ id: MissionID, _ user: UserID? = nil, name: String = "m") -> [UInt8] {
        Mission(
            id: id, userID: user ?? self.user, name: name, goal: "g", successCriteria: ["c"], sealedMetadata: [9],
            createdAt: Self.missionTime, updatedAt: Self.missionTime
        ).document()
    }

    func hop(_ id: HopID, of mission: MissionID, sequence: Int64 = 1, name: String = "h") -> [UInt8] {
        Hop(
            id: id, missionID: mission, sequence: sequence, name: name, createdAt: Self.missionTime,
            updatedAt: Self.missionTime
        ).document()
    }

    func step(_ id: ToolStepID, of hop: HopID, sequence: Int64 = 1) -> [UInt8] {
        ToolStep(
            id: id, hopID: hop, toolID: "t", sequence: sequence, name: "s", createdAt: Self.missionTime,
            updatedAt: Self.missionTime
        ).document()
    }

    func asset(_ id: AssetID, of mission: MissionID, name: String = "a") -> [UInt8] {
        Asset(
            id: id, userID: user, missionID: mission, scope: .mission, name: name, role: .input,
            createdAt: Self.missionTime, updatedAt: Self.missionTime
        ).document()
    }

    /// A JSON string of `count` bytes.
    static func content(_ count: Int, _ letter: Character = "c") -> [UInt8] {
        Array("\"\(String(repeating: letter, count: count - 2))\"".utf8)
    }

    func newMission(
        _ user: UserID? = nil, in session: SessionID? = nil, linked: KnownLink? = nil, key: Idempotency? = nil,
        details: String = "", _ parts: [MissionPart: [UInt8]] = [:]
    ) -> MissionCreation {
        let id: MissionID = newID(user)
        var creation = MissionCreation(
            id: id, userID: user ?? self.user, at: Self.missionTime,
            parts: parts.merging([.mission: document(id, user)]) { $1 }, session: session, idempotency: key,
            details: details)
        creation.linked = linked
        return creation
    }

    /// A mission, linked to `session` if there is one.
    func mission(_ user: UserID? = nil, in session: SessionID? = nil) async throws -> MissionID {
        try done(try await store.create(newMission(user, in: session))).id
    }

    /// Without `parts`, another name.
    func amendment(
        _ id: MissionID, upon version: Int64 = 1, _ parts: [MissionPart: [UInt8]]? = nil, user: UserID? = nil,
        key: Idempotency? = nil, details: String = "", in session: SessionID? = nil
    ) -> MissionAmendment {
        MissionAmendment(
            id: id, userID: user ?? self.user, versionBefore: version, at: Self.missionTime,
            parts: parts ?? [.mission: document(id, user, name: "amended")], idempotency: key, details: details,
            session: session)
    }

    func deletion(
        _ id: MissionID, in session: SessionID? = nil, condition: VersionCondition = .any, user: UserID? = nil
    ) -> MissionDeletion {
        MissionDeletion(id: id, userID: user ?? self.user, condition: condition, session: session)
    }
}

// MARK: looking

extension HotBench {
    func tree(_ id: MissionID) async throws -> MissionTree {
        try done(try await store.mission(id, of: user, using: false))
    }

    func content(_ asset: AssetID, in mission: MissionID) async throws -> AssetContent {
        try done(try await store.content(of: asset, in: mission, of: user))
    }

    /// The newest entry, which must be about a mission, alone or with a session.
    func newestMission() async throws -> (id: LogID, change: MissionChange) {
        let entry = try #require(try await entries().last)
        switch try Change(entry) {
        case .mission(let change): return (entry.id, change)
        case .session(let change): return (entry.id, try #require(change.mission))
        case .deletion, .resealing, .order: throw TestingError("no mission's entry")
        }
    }

    /// A mission with a change that is not flushed: both sides of its link agree, and it has no time to live.
    func expectMission(
        _ id: MissionID, in session: SessionID?, at logID: LogID, _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let fields = try hash(keys.mission(id))
        #expect(fields["session_id"] == session?.description ?? "", sourceLocation: location)
        #expect(fields["log_id"] == logID.description, sourceLocation: location)
        #expect(try ttl(keys.mission(id)) == -1, "not flushed", sourceLocation: location)
        #expect(try await tree(id).sessionID == session, sourceLocation: location)
        if let session {
            #expect(
                try hash(keys.session(session))["mission_id"] == id.description, sourceLocation: location)
        }
    }

    /// It leaves after the linger, and has just begun to.
    func expectLingering(_ key: String, _ location: SourceLocation = #_sourceLocation) throws {
        let linger = Int(configuration.lifecycle.hotLinger)
        #expect((linger - 5000...linger).contains(try ttl(key)), "\(key)", sourceLocation: location)
    }
}

extension HotReply {
    /// Whether it was done, whatever came of it.
    var isDone: Bool {
        if case .done = self { true } else { false }
    }

    func map<Other>(_ transform: (Value) -> Other) -> HotReply<Other> {
        switch self {
        case .done(let value): .done(transform(value))
        case .replayed(let value): .replayed(transform(value))
        case .refused(let refusal): .refused(refusal)
        }
    }
}
