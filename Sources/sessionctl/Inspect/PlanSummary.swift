import SessionModel

/// A mission in a few lines, as both tiers have it.
enum PlanSummary {
    /// Rows of field, Redis, SQLite, and a mark where the two differ.
    static func rows(_ hot: MissionTree?, _ stored: MissionTree?, contents: Int) -> [[String]] {
        guard hot != nil || stored != nil else { return [] }
        return facts(of: hot ?? stored).indices.map { index in
            let name = facts(of: hot ?? stored)[index].name
            let (first, second) = (hot.map { facts(of: $0)[index].value }, stored.map { facts(of: $0)[index].value })
            let differs = first != nil && second != nil && first != second
            return ["mission.\(name)", first ?? "–", second ?? "–", differs ? "≠" : ""]
        } + (stored == nil || contents == 0 ? [] : [["mission.contents", "", "\(contents)"]])
    }

    static func facts(of tree: MissionTree?) -> [(name: String, value: String)] {
        guard let tree else { return [] }
        let mission = try? Mission(document: tree.mission)
        return [
            ("name", mission?.name ?? "not readable"), ("status", mission?.status.rawValue ?? "not readable"),
            ("hops", counts(tree.hops.map(\.status.rawValue))),
            ("tool_steps", counts(tree.steps.map(\.status.rawValue))),
            ("assets", counts(tree.assets.map(\.status.rawValue))),
        ]
    }

    /// `3: 1 executing, 2 completed`.
    private static func counts(_ statuses: [String]) -> String {
        guard !statuses.isEmpty else { return "0" }
        let groups = Dictionary(grouping: statuses) { $0 }.map { "\($1.count) \($0)" }.sorted()
        return "\(statuses.count): \(groups.joined(separator: ", "))"
    }
}
