import DurableTier
import HotTier
import SessionCore
import SessionModel

/// What is not as it must be about one session that has nothing on its way to SQLite.
struct SessionDrift {
    let id: SessionID
    let sides: SessionSides
    /// The hot window, and as many of the newest messages that SQLite has.
    var windows: (hot: [[UInt8]], stored: [[UInt8]])?
    let lifecycle: LifecyclePolicy

    private var hot: HotSession { sides.hot }
    private var stored: StoredSession { sides.stored }

    /// Of the newest change in either tier, whether SQLite has it by its cursor.
    static func isOnItsWay(_ hot: HotSession, cursor: LogID) -> Bool {
        [hot.logID, hot.tombstone?.logID].contains { $0.map { $0 > cursor } ?? false }
    }

    var differences: [Difference] {
        func difference(_ what: String, _ remedy: Difference.Remedy) -> Difference {
            Difference(subject: .session(id), what: what, remedy: remedy)
        }
        if case .differ(let what) = sides.comparison.verdict { return [difference(what, remedy)] }
        var found = indexes.map { difference($0, .index) }
        guard !hot.fields.isEmpty else {
            if hot.tombstone != nil, stored.fields.isEmpty, let key = key("gone"), key.ttl == nil {
                found.append(difference("its deletion is flushed, and its tombstone stays for ever", .settle))
            }
            return found
        }
        if let windows, windows.hot != windows.stored {
            found.append(difference("the messages of the hot window are not those that SQLite has", .reload))
        } else if let windows, windows.hot.count < min(Int(hot.text("messages") ?? "") ?? 0, lifecycle.hotWindow) {
            found.append(difference("the hot window is shorter than it must be", .reload))
        }
        let isActive = hot.text("status") == SessionStatus.active.rawValue
        if let key = key("session") {
            if isActive, key.ttl != nil {
                found.append(difference("it is active, and leaves Redis", .reload))
            } else if !isActive, key.ttl == nil {
                found.append(difference("it has ended and is flushed, and stays in Redis for ever", .settle))
            }
        }
        return found
    }

    /// The newer side counts; where neither is, SQLite does.
    private var remedy: Difference.Remedy {
        if stored.fields.isEmpty { return .rewrite }
        if hot.fields.isEmpty { return hot.tombstone == nil ? .reload : .rewrite }
        guard let version = hot.text("version").flatMap({ Int64($0) }), let log = hot.logID,
            let storedVersion = stored.text("version").flatMap({ Int64($0) }),
            let storedLog = stored.text("log_id").flatMap({ LogID($0) })
        else { return hot.logID == nil || hot.text("version").flatMap { Int64($0) } == nil ? .reload : .rewrite }
        return (version, log) > (storedVersion, storedLog) ? .rewrite : .reload
    }

    private func key(_ kind: String) -> HotSession.Key? { hot.keys.first { Self.kind(of: $0.name) == kind } }

    private func isIn(_ index: String) -> Bool { hot.places.contains { Self.kind(of: $0.key) == index } }

    private static func kind(of key: String) -> String? { KeyName(key, prefix: String(key.prefix { $0 != ":" }))?.kind }

    private var indexes: [String] {
        let status = hot.fields.isEmpty ? nil : hot.text("status")
        let isActive = status == SessionStatus.active.rawValue
        let isAbandoned = (status ?? stored.text("status")) == SessionStatus.abandoned.rawValue
        var found: [String] = []
        func expect(_ index: String, _ wanted: Bool) {
            guard isIn(index) != wanted else { return }
            found.append(
                wanted ? "it is missing in the index \(index)" : "it stands in the index \(index), and must not")
        }
        expect("activity", isActive)
        if status != nil || !isAbandoned { expect("abandoned", isAbandoned) }
        if !isActive { expect("touched", false) }
        if isActive {
            expect("user", true)
            let seen = Int64(hot.text("last_activity_at") ?? "") ?? 0
            if hot.abandonsAt == nil, hot.now.milliseconds < seen + lifecycle.abandonAfter {
                found.append("it is active, its time is not up, and it has no liveness key")
            }
        } else if hot.abandonsAt != nil {
            found.append("it has a liveness key, and is not active")
        }
        return found
    }
}
