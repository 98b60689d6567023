import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// Processor time, by the operating system's own accounting.
package struct ProcessorTime: Codable, Equatable, Sendable {
    /// Microseconds.
    package var user = 0
    package var system = 0

    package init(user: Int = 0, system: Int = 0) { (self.user, self.system) = (user, system) }

    /// From a line of /proc/PID/stat; nil if it is none.
    /// - Parameter ticks: Of the clock that it counts in, per second.
    package init?(stat: String, ticks: Int) {
        // The name, in parentheses, may hold anything.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]), ticks > 0 else { return nil }
        self.init(user: user * 1_000_000 / ticks, system: system * 1_000_000 / ticks)
    }

    package static func + (one: Self, other: Self) -> Self {
        Self(user: one.user + other.user, system: one.system + other.system)
    }

    package static func - (one: Self, other: Self) -> Self {
        Self(user: max(one.user - other.user, 0), system: max(one.system - other.system, 0))
    }
}

/// Processes that do one thing together, such as nginx's workers.
package struct ProcessGroup: Equatable, Sendable {
    package var name: String
    package var pids: [Int32]

    package init(name: String, pids: [Int32]) { (self.name, self.pids) = (name, pids) }

    /// `NAME=PID[,PID]…`
    package init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        let pids = parts[1].split(separator: ",", omittingEmptySubsequences: false).map { Int32($0) }
        guard !pids.isEmpty, pids.allSatisfy({ ($0 ?? 0) > 0 }) else { return nil }
        self.init(name: String(parts[0]), pids: pids.compactMap { $0 })
    }

    /// What they have used until now; nil where one of them is not there: its time would be missing unseen.
    package func time() -> ProcessorTime? {
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        var sum = ProcessorTime()
        for pid in pids {
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let time = ProcessorTime(stat: stat, ticks: ticks)
            else { return nil }
            sum = sum + time
        }
        return sum
    }

    /// The service's processes on this machine, by their names: where nobody has said which they are.
    package static func found() -> [ProcessGroup] {
        var groups: [String: [Int32]] = [:]
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for pid in entries.compactMap({ Int32($0) }).sorted() {
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"), !bytes.isEmpty else {
                continue
            }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            let program = words.first?.split(separator: "/").last.map(String.init) ?? ""
            if program == "sessiond" { groups["sessiond", default: []].append(pid) }
            if program.hasPrefix("redis-server") { groups["redis", default: []].append(pid) }
            if words.first?.hasPrefix("nginx: worker") == true { groups["nginx", default: []].append(pid) }
        }
        return ["sessiond", "nginx", "redis"].compactMap { name in
            groups[name].map { ProcessGroup(name: name, pids: $0) }
        }
    }
}
