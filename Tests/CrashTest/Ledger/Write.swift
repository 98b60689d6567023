import SessionModel

typealias Instant = ContinuousClock.Instant

/// A write that was acknowledged.
struct Write: Sendable {
    var id: WriteID
    /// The version of what it changed, after it; nil where the answer doesn't say.
    var version: Int?
    var effects: [Effect]
    /// Acknowledged as being in SQLite.
    var isDurable: Bool
    /// When the request was sent that was answered.
    var sent: Instant
    var answered: Instant
}

/// Which acknowledged writes a fault may take away.
struct Loss: Sendable {
    /// Those answered since then …
    var since: Instant
    /// … and sent before this: then the hot tier was there again.
    var until: Instant
    /// What SQLite had by then is not lost, whenever it was answered.
    var committed: [Shard: LogID]

    func permits(_ write: Write) -> Bool {
        !write.isDurable && write.answered >= since && write.sent <= until
            && write.id.log > committed[write.id.shard] ?? .zero
    }
}
