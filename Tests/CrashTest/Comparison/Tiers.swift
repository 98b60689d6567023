/// Redis and SQLite side by side, once nothing is under way any more.
struct Tiers {
    let durable: DurableTier
    let sessions: [String: DurableTier.Session]
    let missions: [String: (version: Int, name: String)]
    /// Where they don't agree, or one alone is not as it must be.
    let faults: [String]

    init(_ site: Site) throws {
        durable = try DurableTier(site)
        sessions = try durable.sessions()
        missions = try durable.missions()
        let hot = try HotTier(site)
        var faults: [String] = []
        for (id, there) in hot.sessions {
            guard let row = sessions[id] else {
                faults.append("session \(id) is in Redis alone: version \(there.version), \(there.status)")
                continue
            }
            let (one, other) = (
                "version \(there.version), \(there.logID), \(there.messages) messages, \(there.status)",
                "version \(row.version), \(row.logID), \(row.messages) messages, \(row.status)"
            )
            if one != other { faults.append("session \(id) is in Redis \(one); in SQLite \(other)") }
        }
        for (id, row) in sessions where row.status == "active" {
            guard let there = hot.sessions[id] else {
                faults.append("session \(id) is active and not in Redis")
                continue
            }
            if !there.isWatched { faults.append("session \(id) is active, and nothing would abandon it") }
        }
        for (id, version) in hot.missions {
            guard let row = missions[id] else {
                faults.append("mission \(id) is in Redis alone: version \(version)")
                continue
            }
            if row.version != version {
                faults.append("mission \(id) is in Redis version \(version); in SQLite \(row.version)")
            }
        }
        self.faults = try faults.sorted() + durable.faults()
    }
}
