import DurableTier
import HotTier
import SessionCore
import SessionModel

/// Both tiers' sides of a session, read so that together they make sense.
struct SessionSides {
    let hot: HotSession
    let stored: StoredSession
    /// Entries of the log that SQLite doesn't have yet.
    let unflushed: [LoggedChange]
    let comparison: SessionComparison

    /// The tiers can't be read at one instant, and between two reads a flusher may have been at work. What looks like a
    /// difference that nothing explains is looked at again before it is called one.
    static func read(
        _ id: SessionID, _ hotTier: HotInspector, _ reader: ShardReader, progress: (Int) -> Void
    ) async throws -> SessionSides {
        var sides = try await look(id, hotTier, reader, progress)
        for _ in 1..<looks {
            guard case .differ = sides.comparison.verdict else { return sides }
            try await Task.sleep(for: pause)
            sides = try await look(id, hotTier, reader, progress)
        }
        return sides
    }

    private static let looks = 5
    /// Longer than a flusher takes between a commit and what follows it.
    private static let pause = Duration.milliseconds(100)

    static func look(
        _ id: SessionID, _ hotTier: HotInspector, _ reader: ShardReader, _ progress: (Int) -> Void
    ) async throws -> SessionSides {
        let (stored, hot) = (try reader.session(id), try await hotTier.session(id))
        var unflushed: [LoggedChange] = []
        let newest = [hot.logID, hot.tombstone?.logID, hot.mission?.logID].compactMap { $0 }.max()
        // An entry behind the cursor has made the hot copy what it is: without a newer copy there is none to look for.
        if newest.map({ $0 > stored.cursor }) ?? (hot.fields.isEmpty && stored.fields.isEmpty) {
            unflushed = try await hotTier.changes(
                of: id, mission: hot.missionID, after: stored.cursor, upTo: newest, progress)
        }
        return SessionSides(
            hot: hot, stored: stored, unflushed: unflushed,
            comparison: SessionComparison(hot: hot, stored: stored, unflushed: unflushed))
    }
}
