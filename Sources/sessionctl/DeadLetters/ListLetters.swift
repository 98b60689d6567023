import ArgumentParser
import SessionModel
import SessionOptions
import Terminal

struct ListLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Those that wait.", discussion: "Ends with 1 where any waits.")

    @Flag(help: "Those as well that healed.")
    var healed = false

    @OptionGroup var shard: ShardOption
    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let installation = try await Installation(options)
        let letters = try installation.letters(healed: healed, shard.chosen(installation))
        let waiting = letters.count { $0.letter.healedAt == nil }
        if output.json {
            var writer = JSONObjectWriter(reserving: 256)
            writer.member("waiting", waiting)
            writer.member("dead_letters") { output in
                output.appendArray(letters) { letter, output in
                    var item = JSONObjectWriter(reserving: 256)
                    letter.write(to: &item)
                    output += item.finish()
                }
            }
            OutputOptions.put(json: writer.finish())
        } else {
            OutputOptions.put(Self.text(letters, waiting))
        }
        if waiting > 0 { throw ExitCode.failure }
    }

    private static func text(_ letters: [Letter], _ waiting: Int) -> String {
        guard !letters.isEmpty else { return "No log entry is set aside.\n" }
        var table = Table([
            .number("shard"), .number("number"), .text("at"), .text("op"), .text("about"), .text("user", longest: 24),
            .text("state"), .text("why", longest: 80),
        ])
        for one in letters {
            let letter = one.letter
            table.row([
                "\(one.shard.number)", "\(letter.number)", letter.createdAt.description, letter.operation,
                letter.sessionID ?? letter.missionID ?? "", letter.userID ?? "", one.state, letter.error,
            ])
        }
        return table.text
            + "\n\(Units.count(waiting)) wait. `dead-letters show` opens one, `retry` applies it after all, `drop` gives it up.\n"
    }
}
