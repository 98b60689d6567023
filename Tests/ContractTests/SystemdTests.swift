import FoundationEssentials
import Glibc
import SessionTesting
import Testing

/// The shipped unit: that systemd understands it, leaves as little open as it says, and forbids nothing that is needed.
@Suite(.enabled(if: access("/usr/bin/systemd-analyze", X_OK) == 0))
struct SystemdTests {
    private static let unit = "systemd/sessiond.service"

    private static func analyze(_ arguments: String...) async throws -> String {
        try await Command.run(["/usr/bin/systemd-analyze"] + arguments + ["--no-pager"]).text
    }

    @Test func theUnitsAreUnderstood() async throws {
        let folder = try TemporaryFolder()
        // There is no sessiond where it will be installed.
        let text = try Repository.configuration(Self.unit)
            .split(separator: "/usr/local/bin/sessiond", omittingEmptySubsequences: false)
            .joined(separator: "/bin/true")
        let service = try folder.write(text, to: "sessiond.service")
        let socket = try folder.write(try Repository.configuration("systemd/sessiond.socket"), to: "sessiond.socket")
        #expect(try await Self.analyze("verify", service, socket) == "")
    }

    @Test func noMoreIsOpenThanItSays() async throws {
        let said = try #require(
            try Repository.configuration(Self.unit).split(separator: "exposure level ").dropFirst().first
                .flatMap { Double($0.prefix { $0.isNumber || $0 == "." }) })
        let answer = try await Self.analyze(
            "security", "--offline=true", "\(Repository.root)/config/\(Self.unit)")
        let found = try #require(
            answer.split(separator: "exposure level for sessiond.service: ").dropFirst().first
                .flatMap { Double($0.prefix { $0.isNumber || $0 == "." }) })
        #expect(found <= said, "\(answer)")
    }

    /// What sessiond asks of the system, from its start to its end, is in the unit's filters.
    @Test(.enabled(if: access("/usr/bin/strace", X_OK) == 0)) func nothingNeededIsForbidden() async throws {
        let folder = try TemporaryFolder()
        let trace = folder.file("trace")
        var options = Stack.Options()
        options.wrapper = ["strace", "-D", "-f", "-qq", "-s", "0", "-e", "signal=none", "-o", trace]
        try await withStack(options) { stack in
            let person = Person(stack)
            let session = try await person.newSession(#"{"session_metadata":{"a":1}}"#)
            let mission = try await person.plannedMission(session: session)
            let durable = try await person.post(
                "/sessions/\(session)/messages", #"{"role":"user","content":"x"}"#,
                [("Prefer", "durability=durable")])
            #expect(durable.header("Preference-Applied") == "durability=durable")
            #expect(try await person.get(mission.path).status == 200)
            #expect(try await person.get("/metrics").status == 200)
            try await person.post("/sessions/\(session)/complete")
            try await stack.makeCold(session)
            #expect(try await person.get("/sessions/\(session)").header("Cache-Status") == "sessiond; fwd=miss")
            // Redis away, and back.
            try await stack.redis.restart()
            try await eventually("a session", within: .seconds(20)) {
                try await person.post("/sessions/").status == 201
            }
            try await stack.service.stop()
        }
        var calls: [String: String] = [:]
        let lines = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
        for line in lines {
            let call = line.drop { $0.isNumber }.drop { $0 == " " }
            let name = String(call.prefix { $0.isLowercase || $0.isNumber || $0 == "_" })
            guard call.dropFirst(name.count).first == "(" else { continue }
            calls[name] = String(call)
            if name == "socket" { #expect(call.hasPrefix("socket(AF_UNIX"), "\(call)") }
            // MemoryDenyWriteExecute.
            #expect(!(call.contains("PROT_WRITE") && call.contains("PROT_EXEC")), "\(call)")
            if name == "mprotect" { #expect(!call.contains("PROT_EXEC"), "\(call)") }
        }
        #expect(calls["fdatasync"] != nil && calls["epoll_wait"] != nil, "no trace of sessiond")
        let allowed = try await Self.allowedCalls()
        for (name, call) in calls where !allowed.contains(name) {
            // A thread of the runtime asks for another priority, and goes on without. SQLite, run by root, gives its files
            // to the owner of their database; run by anybody else, it doesn't try.
            #expect(name == "setpriority" || name == "fchown" && geteuid() == 0, "\(call)")
        }
    }

    /// Out of the unit's SystemCallFilter, and what systemd allows to all.
    private static func allowedCalls() async throws -> Set<String> {
        var groups: [String: [String]] = [:]
        var group = ""
        for line in try await analyze("syscall-filter").split(separator: "\n") {
            if line.hasPrefix("@") || line.hasPrefix("#") { group = String(line.prefix { $0 != " " }) }
            guard let name = line.split(separator: " ").first, line.hasPrefix(" "), !name.hasPrefix("#") else {
                continue
            }
            groups[group, default: []].append(String(name))
        }
        func calls(_ names: some Sequence<Substring>) -> Set<String> {
            names.reduce(into: []) { found, name in
                guard name.hasPrefix("@") else { return _ = found.insert(String(name)) }
                found.formUnion(calls((groups[String(name)] ?? []).map { $0[...] }))
            }
        }
        var allowed = calls(["@default"])
        for line in try Repository.configuration(unit).split(separator: "\n") where line.hasPrefix("SystemCallFilter=")
        {
            let names = line.dropFirst("SystemCallFilter=".count)
            let listed = calls(names.drop { $0 == "~" }.split(separator: " "))
            if names.hasPrefix("~") { allowed.subtract(listed) } else { allowed.formUnion(listed) }
        }
        return allowed
    }
}
