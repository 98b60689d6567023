import DurableTier
import HotTier
import SessionCore
import SessionModel
import Terminal

/// Puts metadata under the key that seals, session by session and mission by mission, through the hot tier and the log, so that
/// what people write meanwhile is never overwritten. It may be broken off anywhere and begun anew: which key has sealed an
/// envelope stands in it.
struct Resealing {
    let installation: Installation
    let tools: HotTools
    let seal: MetadataSeal
    let key: String
    let progress: ProgressBar

    /// Sessions or missions between two waits for SQLite: so much of the hot tier is filled with what nobody uses.
    private static let batch = 200
    private static let attempts = 8
    private static let passes = 5

    /// - Returns: how many were resealed.
    func run(_ shard: Shard, _ reader: ShardReader) async throws -> Int {
        var count = 0
        for _ in 0..<Self.passes {
            let before = count
            var session: SessionID?
            while case let page = try sqlite({ () throws(DurableError) in
                try reader.sessions(notSealedBy: key, after: session, limit: Self.batch)
            }), let last = page.last {
                count += try await each(page, shard, reader) { try await reseal($0, of: $1, reader) }
                session = last.0
            }
            var mission: MissionID?
            while case let page = try sqlite({ () throws(DurableError) in
                try reader.missions(notSealedBy: key, after: mission, limit: Self.batch)
            }), let last = page.last {
                count += try await each(page, shard, reader) { try await reseal($0, of: $1, reader) }
                mission = last.0
            }
            if count == before { break }
        }
        return count
    }

    private func each<Kind>(
        _ page: [(Identifier<Kind>, UserID)], _ shard: Shard, _ reader: ShardReader,
        _ reseal: (Identifier<Kind>, UserID) async throws -> LogID?
    ) async throws -> Int {
        var (newest, count): (LogID?, Int) = (nil, 0)
        for (id, user) in page {
            guard let log = try await reseal(id, user) else { continue }
            newest = max(newest ?? log, log)
            count += 1
            progress.advance()
        }
        if let newest { try await installation.waitUntilFlushed(newest, of: shard, reader) }
        return count
    }

    /// Nil where it is gone, or under the key by now.
    private func reseal(_ id: SessionID, of user: UserID, _ reader: ShardReader) async throws -> LogID? {
        for _ in 0..<Self.attempts {
            guard let session = try await tools.store.sessions([id], of: user).first.flatMap({ $0 }) else {
                guard try await tools.load(id, of: user, reader) else { return nil }
                continue
            }
            guard let envelope = session.sealedMetadata, MetadataSeal.keyID(of: envelope) != key else { return nil }
            let sealed = try resealed(envelope, of: id, "\(UserSession.metadataField)")
            switch try await tools.store.reseal(id, of: user, from: envelope, to: sealed) {
            case .done(let log), .replayed(let log): return log
            case .refused(.moved), .refused(.miss): continue
            case .refused(.backlogFull): try await Task.sleep(for: .milliseconds(100))
            case .refused(let refusal): throw Failure("session \(id) can't be resealed: \(refusal)")
            }
        }
        throw Failure("session \(id) changes too fast to be resealed: run it again")
    }

    private func reseal(_ id: MissionID, of user: UserID, _ reader: ShardReader) async throws -> LogID? {
        for _ in 0..<Self.attempts {
            let tree: MissionTree
            switch try await tools.store.mission(id, of: user, using: false) {
            case .done(let found), .replayed(let found): tree = found
            case .refused(.miss):
                guard try await tools.load(id, of: user, reader) else { return nil }
                continue
            case .refused: return nil
            }
            var parts: [MissionPart: [UInt8]] = [:]
            parts[.mission] = try resealed(tree.mission, tree.id, Mission.metadataField)
            for hop in tree.hops { parts[.hop(hop.id)] = try resealed(hop.document, hop.id, Hop.metadataField) }
            for asset in tree.assets {
                parts[.asset(asset.id)] = try resealed(asset.document, asset.id, Asset.metadataField)
            }
            guard !parts.isEmpty else { return nil }
            let now = try await tools.store.time(of: id.shard)
            switch try await tools.store.reseal(tree, parts: parts, at: now) {
            case .done(let log), .replayed(let log): return log
            case .refused(.moved), .refused(.miss): continue
            case .refused(.backlogFull): try await Task.sleep(for: .milliseconds(100))
            case .refused(let refusal): throw Failure("mission \(id) can't be resealed: \(refusal)")
            }
        }
        throw Failure("mission \(id) changes too fast to be resealed: run it again")
    }

    /// Nil where it is under the key already, or there is none.
    private func resealed<Kind>(
        _ document: [UInt8], _ id: Identifier<Kind>, _ field: StaticString
    ) throws -> [UInt8]? {
        guard let (head, envelope) = SealedMember.split(document, field) else {
            throw Failure("\(field) of \(id) can't be understood: `sessionctl verify` says more")
        }
        guard let envelope, MetadataSeal.keyID(of: envelope) != key else { return nil }
        return SealedMember.join(head, try resealed(envelope, of: id, "\(field)"), field)
    }

    private func resealed<Kind>(_ envelope: [UInt8], of id: Identifier<Kind>, _ field: String) throws -> [UInt8] {
        do { return try seal.seal(seal.open(envelope, of: id, field: field), of: id, field: field) } catch {
            switch error {
            case .unknownKey(let key): throw Failure("\(field) of \(id) is sealed by \(key), which the ring lacks")
            case .damaged: throw Failure("\(field) of \(id) is not what was sealed there")
            }
        }
    }
}
