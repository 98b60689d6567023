import FoundationEssentials
import SessionTesting
import Testing

/// Thirty rounds of `scripts/crash-test`: each fault at least once, where this machine allows it.
@Suite struct CrashHarnessTests {
    private struct Report: Decodable {
        struct Row: Decodable {
            var fault: String
            var rounds: Int
            var acknowledged: Int
            var skipped: String?
        }
        struct Finding: Decodable {
            var round: Int
            var fault: String
            var finding: String
        }
        var rows: [Row]
        var findings: [Finding]
    }

    @Test(.timeLimit(.minutes(8))) func nothingThatWasAcknowledgedIsLostOrRepeated() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("report.json")
        let output = try await Command.run(
            [try Repository.product("CrashTest"), "--rounds", "30", "--seed", "1", "--json", path],
            within: .seconds(420))
        #expect(output.code == 0, "\(output.text)")
        let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(filePath: path)))
        for each in report.findings { Issue.record("round \(each.round), \(each.fault): \(each.finding)") }
        #expect(report.rows.reduce(0) { $0 + $1.rounds } == 30)
        #expect(report.rows.allSatisfy { $0.skipped != nil || $0.acknowledged > 0 })
        print(output.text)
    }
}
