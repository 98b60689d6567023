import Yams

extension Workload {
    /// From YAML. Every field is checked, and unknown ones are refused.
    /// - Parameter file: As it is named in errors; without a `name` field the workload is called so.
    package static func read(_ text: String, file: String) throws(WorkloadError) -> Workload {
        func fail(_ reason: String, _ mark: Mark? = nil) -> WorkloadError {
            WorkloadError(file: file, line: mark?.line, column: mark?.column, field: "", reason: reason)
        }
        guard text.utf8.count <= LoadLimits.workloadBytes else {
            throw fail("longer than \(LoadLimits.workloadBytes) bytes")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            throw fail("given twice: \(keys.map { "\($0)" }.sorted().joined(separator: ", "))", context.mark)
        } catch YamlError.parser(_, let problem, let mark, _) {
            throw fail("not YAML: \(problem)", mark)
        } catch YamlError.scanner(_, let problem, let mark, _) {
            throw fail("not YAML: \(problem)", mark)
        } catch {
            throw fail("not YAML")
        }
        guard let root else { throw fail("the file is empty") }
        var fields = try FieldReader(root, file: file, path: "")
        var name = file.split(separator: "/").last.map(String.init) ?? file
        if name.hasSuffix(".yaml") { name.removeLast(5) }
        var workload = Workload(name: try fields.text("name", longest: 60) ?? name)
        try workload.take(&fields)
        try fields.finish()
        try workload.check(&fields)
        return workload
    }

    private mutating func take(_ fields: inout FieldReader) throws(WorkloadError) {
        if let value = try fields.text("description", longest: 500) { description = value }
        if let value = try fields.integer("users", 1...LoadLimits.users) { users = value }
        if let value = try fields.integer("sessions", 0...10_000) { sessions = value }
        if let value = try fields.integer("messages", 0...LoadLimits.messages) { messages = value }
        let longest = Double(LoadLimits.messageBytes)
        if let value = try fields.distribution("message-bytes", .count, 1...longest) { messageBytes = value }
        let widest = Double(LoadLimits.metadataBytes)
        if let value = try fields.distribution("metadata-bytes", .count, 0...widest) { metadataBytes = value }
        if let value = try fields.choice("arrivals", ["even", "random"]) { isRandom = value == "random" }
        let pause = 0...LoadLimits.thinkSeconds
        if let value = try fields.distribution("think-time", .duration, pause) { thinkTime = value }
        if let shares = try fields.group("operations") { operations = try Self.shares(shares) }
        if let group = try fields.group("missions") { missions = try Missions(group) }
        if let group = try fields.group("visits") { visits = try Visits(group) }
        if let group = try fields.group("storm") { storm = try Storm(group) }
    }

    private static func shares(_ fields: FieldReader) throws(WorkloadError) -> [Operation: Double] {
        var fields = fields
        var shares: [Operation: Double] = [:]
        for operation in Operation.inWorkloads {
            if let share = try fields.number(operation.rawValue, 0...100) { shares[operation] = share }
        }
        try fields.finish()
        let sum = shares.values.reduce(0, +)
        guard (sum - 100).magnitude < 0.001 else {
            throw fields.error("the shares are \(Self.plain(sum)) % together, not 100")
        }
        return shares
    }

    private static func plain(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }

    /// What the fields must be together.
    private func check(_ fields: inout FieldReader) throws(WorkloadError) {
        guard !operations.isEmpty || visits != nil || storm != nil else {
            throw fields.error("one of operations, visits and storm is needed: nothing would be sent")
        }
        guard visits == nil || operations.isEmpty && storm == nil else {
            throw fields.error(
                "it has visits: people decide on what is sent, and operations or a storm can't be there", at: "visits")
        }
        guard users * sessions <= LoadLimits.sessions else {
            throw fields.error(
                "\(users) users with \(sessions) sessions are more than \(LoadLimits.sessions)", at: "sessions")
        }
        let needs = Operation.inWorkloads.filter { $0 != .create && $0 != .active && $0 != .list && asksFor($0) }
        guard sessions > 0 || needs.isEmpty else {
            throw fields.error("0, but \(needs[0].rawValue) needs sessions that are there", at: "sessions")
        }
        if asksFor(.mission), missions == nil {
            throw fields.error(
                "it needs the field missions, which says how many there are", at: "operations", "mission")
        }
        let groups = groups
        guard groups.plain > 0 || needs.isEmpty else {
            throw fields.error(
                "\(users * sessions) sessions are too few: \(groups.missions) have missions, \(groups.moving) are completed and resumed, and none is left",
                at: "users")
        }
    }

    /// How the sessions that are made at the start are shared out: those with missions are read by `mission` alone, and
    /// those that are completed and resumed can't take messages in between.
    package var groups: (plain: Int, missions: Int, moving: Int) {
        let all = users * sessions
        let moving = asksFor(.complete) ? max(all / 8, 1) : 0
        let missions = asksFor(.mission) ? missions?.sessions ?? 0 : 0
        return (all - moving - missions, missions, moving)
    }
}

extension Workload.Missions {
    init(_ fields: FieldReader) throws(WorkloadError) {
        var fields = fields
        if let value = try fields.integer("sessions", 1...LoadLimits.missionSessions) { sessions = value }
        if let value = try fields.integer("hops", 0...LoadLimits.missionParts) { hops = value }
        if let value = try fields.integer("steps", 0...LoadLimits.missionParts) { steps = value }
        if let value = try fields.integer("assets", 0...LoadLimits.missionParts) { assets = value }
        try fields.finish()
    }
}

extension Workload.Visits {
    init(_ fields: FieldReader) throws(WorkloadError) {
        var fields = fields
        let pause = 0...LoadLimits.thinkSeconds
        if let value = try fields.duration("arrive-within", pause) { arriveWithin = value }
        if let value = try fields.distribution("messages", .count, 1...1000) { messages = value }
        if let value = try fields.distribution("think-time", .duration, 0.001...LoadLimits.thinkSeconds) {
            thinkTime = value
        }
        if let value = try fields.distribution("away", .duration, pause) { away = value }
        if let value = try fields.number("heartbeats", 0...100) { heartbeats = value }
        if let value = try fields.number("autosaves", 0...100) { autosaves = value }
        if let value = try fields.number("look-backs", 0...100) { lookBacks = value }
        if let value = try fields.number("completes", 0...100) { completes = value }
        if let value = try fields.number("returns", 0...100) { returns = value }
        try fields.finish()
    }
}

extension Workload.Storm {
    init(_ fields: FieldReader) throws(WorkloadError) {
        var fields = fields
        if let value = try fields.duration("every", 0.1...LoadLimits.thinkSeconds) { every = value }
        if let value = try fields.duration("within", 0...LoadLimits.thinkSeconds) { within = value }
        try fields.finish()
        guard within <= every else { throw fields.error("longer than the time between two storms", at: "within") }
    }
}
