/// What a round came to once the load is over: everything that was acknowledged held against what is there.
struct Comparison: Sendable {
    var lost = 0
    var missing = 0
    var missingDurable = 0
    var repeated = 0
    /// Each in words: also of what is counted above.
    var faults: [String] = []

    /// - Parameter isWhole: every record is read; otherwise only those that clients had to do with in this round, and of
    ///   the others no more than their rows.
    init(_ site: Site, _ tiers: Tiers, loss: Loss?, isWhole: Bool) async throws {
        let reader = Reader(site: site)
        let records = site.ledger.records
        findOrphans(site, tiers, records)
        for record in records {
            if !isWhole, !record.isTouched, Self.isUnchanged(record, tiers) { continue }
            let (found, difference): (Content?, String?)
            do { (found, difference) = try await Self.read(record, reader, tiers) } catch {
                faults.append("\(record.kind) \(record.id) can't be read: \(error)")
                continue
            }
            let verdict = Verdict(record, found: found, loss: loss)
            take(verdict, record)
            if let difference { faults.append(difference) }
            site.ledger.settle(record.id, as: found, isStale: verdict.hasLost)
        }
        for user in Set(records.filter { $0.kind == .session && $0.isTouched }.map(\.user)) {
            let (listed, there) = (
                try await reader.count(of: user), tiers.sessions.values.count { $0.user == user }
            )
            if listed != there { faults.append("\(user)'s list has \(listed) sessions, SQLite \(there)") }
        }
    }

    /// By their rows alone.
    private static func isUnchanged(_ record: Record, _ tiers: Tiers) -> Bool {
        guard let base = record.base else { return false }
        switch record.kind {
        case .session:
            guard let row = tiers.sessions[record.id] else { return false }
            return row.version == base.version && row.name == base.registers["name"]
                && row.status == base.registers["status"] && row.messages == base.lists["messages", default: []].count
        case .mission: return tiers.missions[record.id]?.version == base.version
        }
    }

    /// As the API shows it, and where SQLite has it otherwise.
    private static func read(
        _ record: Record, _ reader: Reader, _ tiers: Tiers
    ) async throws -> (found: Content?, difference: String?) {
        let (found, durable): (Content?, Content?)
        switch record.kind {
        case .session:
            found = try await reader.session(record.id, of: record.user)
            if let row = tiers.sessions[record.id] {
                let messages = try tiers.durable.messages(of: record.id)
                // Its metadata is sealed there.
                var registers = found?.registers.filter { $0.key.hasPrefix("metadata.") } ?? [:]
                registers.merge(["name": row.name, "status": row.status, "mission": row.mission]) { $1 }
                durable = Content(
                    version: row.version, lists: messages.isEmpty ? [:] : ["messages": messages], registers: registers)
            } else {
                durable = nil
            }
        case .mission:
            found = try await reader.mission(record.id, of: record.user)
            durable = try tiers.durable.mission(record.id)
        }
        guard found != durable else { return (found, nil) }
        func text(_ content: Content?) -> String {
            content.map { "version \($0.version), \($0.lists.mapValues(\.count)), \($0.registers)" } ?? "nothing"
        }
        return (found, "\(record.kind) \(record.id) is \(text(found)) by the API, \(text(durable)) in SQLite")
    }

    /// What is there and was never acknowledged: its name is that of a request, which may have made it once.
    private mutating func findOrphans(_ site: Site, _ tiers: Tiers, _ records: [Record]) {
        let known = Set(records.map(\.id))
        let named =
            tiers.sessions.map { ($0.key, $0.value.name) } + tiers.missions.map { ($0.key, $0.value.name) }
        for (id, name) in named where !known.contains(id) {
            if site.ledger.isCreated(name) {
                repeated += 1
                faults.append("\(name) was made twice, the other time as \(id)")
            } else if !site.ledger.isTried(name) {
                faults.append("nobody made \(id), \(name)")
            }
        }
    }

    private mutating func take(_ verdict: Verdict, _ record: Record) {
        lost += verdict.lost.count
        missing += verdict.missing.count + verdict.missingVersions
        missingDurable += verdict.missing.count { $0.isDurable }
        repeated += verdict.repeated.count
        faults += verdict.faults
        for write in verdict.missing {
            faults.append(
                "\(record.kind) \(record.id) lost \(write.isDurable ? "the durable " : "")write \(write.id), "
                    + "version \(write.version.map(String.init) ?? "?"): \(write.effects)")
        }
        if verdict.missingVersions > 0 {
            faults.append("\(record.kind) \(record.id) lost \(verdict.missingVersions) versions that SQLite had")
        }
        for item in verdict.repeated { faults.append("\(record.kind) \(record.id) has \(item) twice") }
    }
}
