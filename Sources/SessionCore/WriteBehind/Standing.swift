import SessionModel

/// Where the two tiers of a shard stand to each other, told by the ends of the log alone.
///
/// All that both hold came through the log. So:
/// - the **log is whole** if nothing left it that SQLite hasn't got: then what the hot tier has and SQLite hasn't is still
///   to be flushed. A SQLite file that was restored from a backup finds it trimmed further than its cursor.
/// - the **hot tier is whole** if the log ever reached SQLite's cursor and the newest copy that was written out whole (which
///   the cursor may be behind), and the hot tier knows of the last activity that was written: then nothing is missing in it
///   that SQLite has. One that lost its newest writes ends before these.
///
/// Neither is, where the hot tier is not of the **line** that SQLite was last written from: its dataset was never admitted
/// as it was admitted last. It is a primary of another time, or an older copy, and what was told to each since they parted, the
/// ends don't tell. What SQLite was told since then counts, it may have been called durable. The other way round, a SQLite
/// that knows of an earlier admission than the hot tier's last is a restored one, and the log is not whole for it.
struct Standing: Sendable, Equatable {
    var cursor: LogID
    /// Up to where the log brings nothing any more: a restored SQLite may find it trimmed further than its cursor.
    var seen: LogID
    /// Whether a server that was started anew has made something else of its file than what it held before: more entries
    /// came into its log than were added, or fewer are there. Then no hot copy is what it seems, however it is headed.
    ///
    /// Redis up to 7.0 does so: of a transaction that its append-only file ends in, it drops the last command alone, and carries
    /// out the others at the start after, in the midst of what was written since (valkey#4342).
    var isReplayedOtherwise: Bool
    /// Nil where the hot tier is of SQLite's line; else the log id since which they may have parted.
    var partedAt: LogID?
    var isLogWhole: Bool
    var isHotWhole: Bool

    init(_ durable: DurableState, log: LogState) {
        cursor = durable.cursor
        partedAt = durable.line.flatMap { log.line.contains($0.admission) ? nil : $0.since }
        let isLast = durable.line.map { log.line.last == $0.admission } ?? true
        // What somebody took from the log doesn't tell what is left of it; what another time deleted is for SQLite to know.
        let isTold = partedAt == nil && log.trimmedTo != .last
        seen = isTold ? max(cursor, log.trimmedTo) : cursor
        isReplayedOtherwise = log.exists && log.trimmedTo == .last && !log.isReconciled
        isLogWhole = log.exists && partedAt == nil && isLast && log.trimmedTo <= cursor
        isHotWhole =
            log.exists && partedAt == nil && !isReplayedOtherwise && log.activityMark >= durable.activityMark
            && log.lastID >= max(cursor, durable.newestCopy)
    }

    var isAgreed: Bool { isLogWhole && isHotWhole }

    /// What becomes of a hot copy.
    enum Verdict: Sendable, Equatable {
        /// It agrees with SQLite, or will, once the log is flushed.
        case keep
        /// SQLite has a newer one, or knows that it was deleted.
        case drop
        /// It is newer than SQLite's, and the log won't bring SQLite what it lacks: it is written out whole.
        case rewrite
    }

    func verdict(on hot: SessionHead, _ durable: SessionHead?) -> Verdict {
        guard let durable else { return unknown(hot.logID) }
        return verdict(
            hot: (hot.version, hot.logID), durable: (durable.version, durable.logID), hot.logID, durable.logID)
    }

    /// Without its link, which is its session's: there the log id alone may differ.
    func verdict(on hot: MissionHead, _ durable: MissionHead?) -> Verdict {
        guard let durable else { return unknown(hot.logID) }
        guard hot.version != durable.version else {
            // The link may be older than SQLite's, and a mission is loaded again when somebody asks for it.
            return isHotWhole || hot.logID > cursor ? .keep : .drop
        }
        return verdict(hot: (hot.version, .zero), durable: (durable.version, .zero), hot.logID, durable.logID)
    }

    private func verdict(
        hot: (version: Int64, log: LogID), durable: (version: Int64, log: LogID), _ lastChange: LogID,
        _ lastDurable: LogID
    ) -> Verdict {
        if hot == durable { return isReplayedOtherwise ? .drop : .keep }
        if hot < durable { return .drop }
        if let partedAt, lastDurable > partedAt { return .drop }
        return isLogWhole && lastChange > cursor ? .keep : .rewrite
    }

    /// SQLite doesn't have it: its creation is still to come, or was taken from the log; or else it was deleted there, which a
    /// whole hot tier would know.
    private func unknown(_ lastChange: LogID) -> Verdict {
        if isLogWhole, lastChange > cursor { return .keep }
        return isHotWhole || lastChange > cursor ? .rewrite : .drop
    }
}
