import ArgumentParser
import DurableTier
import SessionCore
import SessionModel
import SessionOptions
import Terminal

struct RetryLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Applies them after all, where they fit by now.",
        discussion: """
            Else what they are about is written out whole from its hot copy again. By order through the log: a sessiond that \
            flushes must run. Ends with 1 where one still waits.
            """)

    @OptionGroup var selection: LetterSelection
    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await LetterOrders(options: options, selection: selection).run(output, "applied", "still waits") {
            .retry($0)
        }
    }
}

struct DropLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Gives them up: what only they hold is lost.",
        discussion:
            "By order through the log: a sessiond that flushes must run. `dead-letters show` says what is in one.")

    @Flag(help: "Without asking.")
    var yes = false

    @OptionGroup var selection: LetterSelection
    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if !yes, !Confirmation.isGiven("What only these entries hold is lost for good. Drop them?") {
            throw Failure("nothing was dropped: it takes --yes, or a yes on a terminal")
        }
        try await LetterOrders(options: options, selection: selection).run(output, "dropped", "is there still") {
            .drop($0)
        }
    }
}

/// Orders for letters, and what came of them.
private struct LetterOrders {
    let options: SettingsOptions
    let selection: LetterSelection

    /// Milliseconds between two looks whether what was written out whole has healed a letter, and looks.
    private static let pause: Int64 = 50
    private static let looks = 60

    func run(
        _ output: OutputOptions, _ done: String, _ left: String, _ order: (Int64) -> Order
    ) async throws {
        let installation = try await Installation(options)
        let letters = try selection.letters(installation)
        let progress = ProgressBar("ordering", total: letters.count, unit: "entries")
        let last = try await installation.withHotTools { tools in
            var last: [Shard: LogID] = [:]
            for one in letters {
                last[one.shard] = try await tools.order(order(one.letter.number), of: one.shard)
                progress.advance()
            }
            return last
        }
        progress.finish()
        var waiting: Set<String> = []
        for (shard, log) in last {
            let reader = try installation.reader(of: shard)
            defer { reader.close() }
            try await installation.waitUntilFlushed(log, of: shard, reader)
            var numbers = letters.filter { $0.shard == shard }.map(\.letter.number)
            for _ in 0..<Self.looks where !numbers.isEmpty {
                numbers = try numbers.filter { number in
                    let letter = try sqlite { () throws(DurableError) in try reader.deadLetter(number) }
                    return letter.map { $0.healedAt == nil } ?? false
                }
                // Nothing is under way any more.
                if try sqlite({ () throws(DurableError) in try reader.quarantined() }).isEmpty { break }
                try await Task.sleep(for: .milliseconds(Self.pause))
            }
            for number in numbers { waiting.insert("\(shard.number) \(number)") }
        }
        if output.json {
            var writer = JSONObjectWriter(reserving: 128)
            writer.member("ordered", letters.count)
            writer.member("remaining", waiting.count)
            OutputOptions.put(json: writer.finish())
        } else {
            var table = Table([.number("shard"), .number("number"), .text("")])
            for one in letters {
                let isLeft = waiting.contains("\(one.shard.number) \(one.letter.number)")
                table.row(["\(one.shard.number)", "\(one.letter.number)", isLeft ? left : done])
            }
            OutputOptions.put(letters.isEmpty ? "None waits.\n" : table.text)
        }
        if !waiting.isEmpty { throw ExitCode.failure }
    }
}
