import SessionModel

@testable import SessionCore

/// A person's request, by the real use cases; and again, with the same key, while nobody knows what came of it.
struct Client: Sendable {
    enum Wish: Sendable {
        case create
        case append([String])
        case move(SessionMove)
        case touch
        case delete
        case load(touching: Bool)
    }

    let world: World
    let strand: Strand
    let user: UserID
    let wish: Wish
    /// Of one that is there already.
    let session: SessionID?
    let key: Idempotency?
    let condition: VersionCondition

    private static let attempts = 4

    private var sessions: Sessions? {
        guard let shards = ShardCount(1) else { return nil }
        return Sessions(
            hot: RedisPort(world: world, strand: strand, repeatsByItself: key != nil),
            durable: DurablePort(world: world, strand: strand), seal: World.seal, shards: shards,
            lifecycle: world.policy, longestMetadata: 1000, reads: ColdReads(), logger: World.silent)
    }

    func run() async {
        guard let sessions else { return }
        var isKnown = true
        for _ in 0..<Self.attempts where !strand.isDead {
            let attempt = world.beginOperation()
            strand.operation = attempt
            do throws(SessionError) {
                try await carryOut(by: sessions)
                world.note("\(strand.name) is answered")
                return
            } catch {
                guard !strand.isDead else { return }
                world.note("\(strand.name) is answered \(error)")
                if case .outcomeUnknown = error { isKnown = false } else if case .failed = error { isKnown = false }
                if isKnown { world.checkRefused(attempt, error) }
                let isWorthAnother =
                    switch error {
                    case .outcomeUnknown, .failed, .unavailable, .hotTierAway: key != nil
                    default: false
                    }
                guard isWorthAnother else { return }
                strand.wakesAt = world.now + world.pick(0...3_000)
                await strand.point("asks again")
                isKnown = true
            }
        }
    }

    private func carryOut(by sessions: Sessions) async throws(SessionError) {
        switch wish {
        case .create: try await create(by: sessions)
        case .append(let texts):
            guard let session else { return }
            let messages = texts.map { text in
                NewMessage(
                    id: MessageID.random(in: World.shard, at: Timestamp(milliseconds: world.now), using: &world.random),
                    role: .user, content: text, metadata: [])
            }
            let written = try await sessions.append(
                MessageAppend(
                    session: session, userID: user, messages: messages, condition: condition, idempotency: key))
            if written.isReplay { world.count("replayed") }
            world.acknowledged(session, written.write.log, key)
        case .move(let move):
            guard let session else { return }
            let written = try await sessions.move(session, user: user, move, condition: condition)
            world.acknowledged(session, written.write.log, nil)
        case .touch:
            guard let session else { return }
            let (activity, write, _) = try await sessions.touch(session, user: user)
            if let write {
                world.acknowledged(session, write.log, nil)
            } else {
                world.acknowledgedTouch(session, activity.lastActivityAt.milliseconds)
            }
        case .delete:
            guard let session else { return }
            let written = try await sessions.delete(session, user: user, condition: condition)
            world.acknowledged(session, written.write.log, nil)
        case .load(let touching):
            guard let session else { return }
            try await load(session, touching, by: sessions)
        }
    }

    /// As ``Sessions/create(name:metadata:user:idempotency:)``, with an id of this schedule's chance.
    private func create(by sessions: Sessions) async throws(SessionError) {
        let id = SessionID.random(in: World.shard, at: Timestamp(milliseconds: world.now), using: &world.random)
        var creation = SessionCreation(
            id: id, userID: user, name: "given", sealedMetadata: nil, idempotency: key)
        let made = try await sessions.step(on: nil, user, key) { (hints) throws(HotError) in
            creation.idempotency = hints.idempotency
            return try await sessions.hot.create(creation)
        }
        if made.isReplay { world.count("replayed") }
        world.acknowledged(made.value.id, made.value.logID, key)
    }

    private func load(_ session: SessionID, _ touching: Bool, by sessions: Sessions) async throws(SessionError) {
        let known = world.promised(of: session)
        do throws(SessionError) {
            let view = try await sessions.load(session, user: user, messages: 10, touching: touching)
            guard view.source != .bypass else { return world.count("read past Redis") }
            world.checkRead(view.session.session, known)
            if touching, view.session.session.status == .active {
                world.acknowledgedTouch(session, view.session.session.lastActivityAt.milliseconds)
            }
        } catch {
            if error == .notFound { world.checkNotFound(session, known) }
            throw error
        }
    }
}

extension World {
    /// Nothing is sealed here, but the use cases want one.
    static let seal: MetadataSeal = {
        guard let ring = try? KeyRing(KeyRing.newText()) else { preconditionFailure("no key ring") }
        return MetadataSeal(ring)
    }()
}
