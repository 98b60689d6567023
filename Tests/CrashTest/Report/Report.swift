import FoundationEssentials

/// What a campaign came to, a row for each fault.
struct Report: Encodable {
    struct Row: Encodable {
        var fault: String
        var rounds = 0
        var acknowledged = 0
        /// Of those, the ones acknowledged as durable.
        var durable = 0
        /// Inside the window that the fault allows.
        var lost = 0
        var lostOutside = 0
        var lostDurable = 0
        var repeated = 0
        /// Rounds with a finding of any kind.
        var unclean = 0
        /// Milliseconds, of each round.
        var firstWrite: [Int] = []
        var agreement: [Int] = []
        /// How long the rounds took, milliseconds.
        var took: [Int] = []
        /// Why it was not tried.
        var skipped: String?
    }

    struct Finding: Encodable {
        var round: Int
        var fault: String
        var finding: String
    }

    /// Of one round; the rest is counted.
    private static let findingsPerRound = 30

    var seed: UInt64
    var seconds: Int
    var rows: [Row]
    var findings: [Finding]

    init(
        _ results: [Round.Result], faults: [String], skipped: [(name: String, why: String)], seed: UInt64,
        took: Duration
    ) {
        self.seed = seed
        seconds = took.milliseconds / 1000
        var rows: [String: Row] = [:]
        for result in results {
            var row = rows[result.fault] ?? Row(fault: result.fault)
            row.rounds += 1
            row.acknowledged += result.counts.acknowledged
            row.durable += result.counts.durable
            row.lost += result.lost
            row.lostOutside += result.missing
            row.lostDurable += result.missingDurable
            row.repeated += result.repeated
            row.unclean += result.isClean ? 0 : 1
            row.took.append(result.took.milliseconds)
            if let time = result.firstWrite { row.firstWrite.append(max(0, time.milliseconds)) }
            if let time = result.agreement { row.agreement.append(max(0, time.milliseconds)) }
            rows[result.fault] = row
        }
        self.rows =
            faults.compactMap { rows[$0] } + skipped.map { Row(fault: $0.name, skipped: $0.why) }
        findings = results.flatMap { result in
            let shown = result.faults.prefix(Self.findingsPerRound)
            let more = result.faults.count - shown.count
            return (shown + (more > 0 ? ["and \(more) more"] : [])).map {
                Finding(round: result.number, fault: result.fault, finding: $0)
            }
        }
    }

    /// Nothing durable lost, nothing lost outside of its window, nothing twice, no finding.
    var isClean: Bool { rows.allSatisfy { $0.unclean == 0 } }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
