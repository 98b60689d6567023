/// What a comparison found of one record.
struct Verdict: Sendable {
    /// Acknowledged writes that are gone, as the fault permits.
    var lost: [Write] = []
    /// Acknowledged writes that are gone and must be there.
    var missing: [Write] = []
    /// Versions that were in SQLite when the record was last compared, and are gone.
    var missingVersions = 0
    /// Items that are there more than once.
    var repeated: [String] = []
    /// Everything else that is not as it must be.
    var faults: [String] = []

    var hasLost: Bool { !lost.isEmpty || !missing.isEmpty || missingVersions > 0 }
}

extension Verdict {
    /// Holds what was acknowledged to what is there (nil: nothing).
    ///
    /// 1. Versions count the writes of a record, so they tell which of the acknowledged are gone: all beyond the version
    ///    that is there, and all whose version a later write (by its log id) has again. That is a suffix by definition;
    ///    whether it was allowed to go, `loss` says.
    /// 2. The others must be there whole, each item in its place, and none of those that went.
    /// 3. What else is there must be of requests whose outcome nobody knows, each item once.
    ///
    /// Where an answer didn't tell its version, or never came, versions alone can't tell what went before it. So if it doesn't
    /// come out, it is tried with the last of the writes gone that may have gone, then the last two, and so on; and without
    /// the very last, which may have been sent before the loss and made after it.
    init(_ record: Record, found: Content?, loss: Loss?) {
        self.init(record, found: found, loss: loss, without: [])
        guard found != nil, !isClean, record.unknown > 0 || record.writes.contains(where: { $0.version == nil }) else {
            return
        }
        let mayBeGone = record.writes.filter { loss?.permits($0) ?? false }.sorted { $0.id.log > $1.id.log }
        for newest in mayBeGone.indices.prefix(Self.inFlight) {
            for oldest in newest..<mayBeGone.endIndex {
                let other = Verdict(record, found: found, loss: loss, without: Array(mayBeGone[newest...oldest]))
                guard other.isClean else { continue }
                self = other
                return
            }
        }
    }

    /// Requests that were under way when a fault struck, at most, on one record: more than a chat has clients.
    private static let inFlight = 2 * Client.perChat

    private var isClean: Bool { missing.isEmpty && missingVersions == 0 && repeated.isEmpty && faults.isEmpty }

    private init(_ wholeRecord: Record, found: Content?, loss: Loss?, without gone: [Write]) {
        var record = wholeRecord
        record.writes.removeAll { write in gone.contains { $0.id == write.id } }
        lost = gone
        guard let found else {
            if record.isDeletionTried { return }
            missingVersions = record.base?.version ?? 0
            sort(record.writes, loss)
            return
        }
        if let deletion = record.deletion { sort([deletion], loss) }
        let (survivors, overtaken, bottom) = Self.survivors(of: record, at: found.version)
        sort(overtaken, loss)
        missingVersions = (record.base?.version ?? 0) - bottom

        let explained = bottom + survivors.count + record.unknown
        if found.version > explained {
            faults.append("version \(found.version), though \(explained) writes at most can have made it")
        }
        if missingVersions == 0 {
            compareLists(record, survivors, found)
            compareRegisters(record, survivors, found)
        }
        // A request that its client gave up may have come later than the next, and ended the session after all.
        let mayBeEnded = record.maybe.contains { if case .set("status", _) = $0 { true } else { false } }
        let unexpected = record.refusals.filter { !(mayBeEnded && $0.contains(": 409 ")) }
        if !hasLost { faults += unexpected.map { "was refused: \($0)" } }
        faults = faults.map { "\(record.kind) \(record.id): \($0)" }
    }

    private mutating func sort(_ gone: [Write], _ loss: Loss?) {
        for write in gone {
            if loss?.permits(write) ?? false { lost.append(write) } else { missing.append(write) }
        }
    }

    /// - Returns: those that are there in their order; those that are gone; and how far the base is there.
    private static func survivors(
        of record: Record, at version: Int
    ) -> (survivors: [Write], gone: [Write], bottom: Int) {
        var stack: [(write: Write, version: Int)] = []
        var gone: [Write] = []
        var bottom = record.base?.version ?? 0
        func drop(from version: Int) {
            while let top = stack.last, top.version >= version {
                gone.append(top.write)
                stack.removeLast()
            }
            bottom = min(bottom, version - 1)
        }
        for write in record.writes.sorted(by: { $0.id.log < $1.id.log }) {
            let own = write.version ?? (stack.last?.version ?? bottom) + 1
            drop(from: own)
            stack.append((write, own))
        }
        drop(from: version + 1)
        return (stack.map(\.write), gone, bottom)
    }

    private mutating func compareLists(_ record: Record, _ survivors: [Write], _ found: Content) {
        var allowed: [String: Set<String>] = [:]
        for case .append(let list, _, let items) in record.maybe { allowed[list, default: []].formUnion(items) }
        var expected: [String: [Int: String]] = [:]
        for (list, items) in record.base?.lists ?? [:] {
            for (place, item) in items.enumerated() { expected[list, default: [:]][place + 1] = item }
        }
        for write in survivors {
            for case .append(let list, let first, let items) in write.effects {
                let there = found.lists[list, default: []]
                let range = max(0, first - 1)..<max(0, first - 1) + items.count
                if range.upperBound > there.count || Array(there[range]) != items {
                    missing.append(write)
                    faults.append("\(items) is not in its place \(first) of \(list), where \(there.count) items are")
                }
                for (offset, item) in items.enumerated() { expected[list, default: [:]][first + offset] = item }
            }
        }
        for (list, items) in found.lists {
            var seen: Set<String> = []
            for (index, item) in items.enumerated() {
                if !seen.insert(item).inserted { repeated.append(item) }
                if let other = expected[list]?[index + 1] {
                    if other != item { faults.append("\(item) is in the place \(index + 1) of \(other) in \(list)") }
                } else if !allowed[list, default: []].contains(item) {
                    faults.append("\(item) is in \(list), though it is none of those that survived")
                }
            }
        }
        for (list, items) in expected where found.lists[list, default: []].count < items.keys.max() ?? 0 {
            faults.append("\(list) has \(found.lists[list, default: []].count) items of \(items.keys.max() ?? 0)")
        }
    }

    private mutating func compareRegisters(_ record: Record, _ survivors: [Write], _ found: Content) {
        var expected = Content(registers: record.base?.registers ?? [:])
        for effect in survivors.flatMap(\.effects) { expected.apply(effect) }
        var allowed: [String: Set<String>] = [:]
        var isReplaced: [String] = []
        for effect in record.maybe {
            switch effect {
            case .append: break
            case .set(let register, let value): allowed[register, default: []].insert(value)
            case .replace(let prefix, let values):
                isReplaced.append(prefix)
                for (register, value) in values { allowed[register, default: []].insert(value) }
            }
        }
        for register in Set(expected.registers.keys).union(found.registers.keys) {
            let (there, shall) = (found.registers[register], expected.registers[register])
            if there == shall { continue }
            if let there, allowed[register, default: []].contains(there) { continue }
            if there == nil, isReplaced.contains(where: { register.hasPrefix($0) }) { continue }
            faults.append("\(register) is \(there ?? "not there") and should be \(shall ?? "not there")")
        }
    }
}
