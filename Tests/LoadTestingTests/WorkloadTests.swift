import FoundationEssentials
import LoadTesting
import SessionTesting
import Testing

@Suite struct WorkloadTests {
    @Test(arguments: [
        "mix", "activity", "append", "load", "put", "everything", "day", "reconnect-storm",
    ])
    func everyShippedFileIsAWorkload(_ name: String) throws {
        let text = try Repository.configuration("load/\(name).yaml")
        let workload = try Workload.read(text, file: "config/load/\(name).yaml")
        #expect(workload.name == name)
        #expect(!workload.description.isEmpty)
    }

    @Test func noFileIsForgotten() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(Repository.root)/config/load")
        #expect(files.count == 8)
    }

    @Test func theMixIsThatOfTheTargets() throws {
        let mix = try Workload.read(try Repository.configuration("load/mix.yaml"), file: "mix.yaml")
        #expect(mix.operations == [.activity: 60, .append: 20, .load: 10, .metadataPut: 8, .create: 2])
        #expect(mix.messages == 50)
    }

    @Test(arguments: [
        ("operations: {activity: 60}", "w.yaml:1:13: operations: the shares are 60 % together, not 100"),
        ("operations: {activity: 100}\nuser: 3", "w.yaml:2:1: user: no such field; there are name, "),
        (
            "operations:\n  activity: 100\n  aktivity: 0",
            "w.yaml:3:3: operations.aktivity: no such field; there are activity, append"
        ),
        ("operations: {activity: x}", "w.yaml:1:24: operations.activity: a number from 0 to 100 is needed, not \"x\""),
        (
            "users: 0\noperations: {create: 100}",
            "w.yaml:1:8: users: a whole number from 1 to 100000 is needed, not \"0\""
        ),
        ("users: [1]\noperations: {create: 100}", "w.yaml:1:8: users: a whole number from 1 to 100000 is needed"),
        ("users: 5", "w.yaml:1:1: one of operations, visits and storm is needed: nothing would be sent"),
        ("[1]", "w.yaml:1:1: a mapping of fields to values is needed"),
        ("", "w.yaml: the file is empty"),
        ("a: [", "w.yaml:2:1: not YAML: "),
        (
            "message-bytes: {min: 3}\noperations: {append: 100}",
            "w.yaml:1:16: message-bytes: a value, or min and max, or median and p99 (and max) are needed"
        ),
        (
            "message-bytes: {min: 9, max: 3}\noperations: {append: 100}", "w.yaml:1:16: message-bytes: min is above max"
        ),
        (
            "message-bytes: {median: 9, p99: 3}\noperations: {append: 100}",
            "w.yaml:1:16: message-bytes: 0 < median < p99 ≤ max is needed"
        ),
        (
            "message-bytes: {middle: 9}\noperations: {append: 100}",
            "w.yaml:1:17: message-bytes.middle: no such field; there are min and max, or median, p99 and max"
        ),
        (
            "think-time: 5\noperations: {append: 100}",
            "w.yaml:1:13: think-time: a duration such as 250ms, 5s or 2m, of 0 to 3600 s, is needed, not \"5\""
        ),
        (
            "arrivals: odd\noperations: {append: 100}",
            "w.yaml:1:11: arrivals: one of even, random is needed, not \"odd\""
        ),
        ("sessions: 0\noperations: {append: 100}", "w.yaml:1:1: sessions: 0, but append needs sessions that are there"),
        (
            "operations:\n  mission: 100",
            "w.yaml:2:3: operations.mission: it needs the field missions, which says how many there are"
        ),
        (
            "users: 1\nmissions: {sessions: 1}\noperations: {mission: 50, activity: 50}",
            "w.yaml:1:1: users: 1 sessions are too few: 1 have missions, 0 are completed and resumed, and none is left"
        ),
        ("visits: {}\noperations: {create: 100}", "w.yaml:1:1: visits: it has visits: people decide on what is sent"),
        ("storm: {every: 1s, within: 2s}", "w.yaml:1:20: storm.within: longer than the time between two storms"),
        ("users: 3\nusers: 4\noperations: {create: 100}", "w.yaml:"),
    ])
    func aFaultIsToldWithItsPlace(_ text: String, _ expected: String) {
        do {
            _ = try Workload.read(text, file: "w.yaml")
            Issue.record("it was taken")
        } catch {
            #expect(error.description.hasPrefix(expected), "\(error)")
        }
    }

    @Test func sizesAndTimesAreReadInEachForm() throws {
        let workload = try Workload.read(
            """
            message-bytes: {min: 10, max: 20}
            metadata-bytes: {median: 100, p99: 1000}
            think-time: {min: 250ms, max: 2m}
            operations: {append: 100}
            """, file: "w.yaml")
        #expect(workload.messageBytes == .uniform(10, 20))
        #expect(workload.metadataBytes == .logNormal(median: 100, p99: 1000, max: 10_000))
        #expect(workload.thinkTime == .uniform(0.25, 120))
    }
}
