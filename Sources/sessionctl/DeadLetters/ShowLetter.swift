import ArgumentParser
import DurableTier
import SessionCore
import SessionModel
import SessionOptions
import Terminal

struct ShowLetter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One of them, field by field.",
        discussion:
            "Of what people wrote only its length is shown, unless --reveal says otherwise. What is sealed stays sealed."
    )

    @Argument(help: "Its number, as `dead-letters list` shows it.")
    var number: Int64

    @Flag(help: "Shows messages, documents and names too.")
    var reveal = false

    @OptionGroup var shard: ShardOption
    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    /// What says nothing of what people wrote.
    private static let plain: Set<String> = [
        "op", "sid", "mid", "user_id", "version", "mission_version", "at", "last_activity_at", "abandoned_at", "status",
        "first", "mission_id", "unlinked", "letter",
    ]

    func run() async throws {
        let installation = try await Installation(options)
        let shard = try shard.one(installation)
        let reader = try installation.reader(of: shard)
        defer { reader.close() }
        let (found, quarantined) = try sqlite { () throws(DurableError) in
            (try reader.deadLetter(number), try reader.quarantined())
        }
        guard let letter = found else { throw Failure("shard \(shard.number) has no dead letter \(number)") }
        let one = Letter(shard: shard, letter: letter)
        let waits = [letter.sessionID, letter.missionID].compactMap { $0 }.filter(quarantined.contains)
        if output.json {
            var writer = JSONObjectWriter(reserving: 512)
            one.write(to: &writer)
            writer.member("in_quarantine") { $0.appendArray(waits) { JSONText.write($0, into: &$1) } }
            writer.member("fields") { output in
                output.appendArray(letter.fields) { field, output in
                    var item = JSONObjectWriter(reserving: 64)
                    item.member("name", field.name)
                    item.member("bytes", field.value.count)
                    if let text = shown(field) { item.member("value", text) }
                    output += item.finish()
                }
            }
            return OutputOptions.put(json: writer.finish())
        }
        var table = Table([.text(""), .text("", longest: 200)])
        for (name, value) in [
            ("shard", "\(shard.number)"), ("log id", letter.logID), ("set aside", letter.createdAt.description),
            ("healed", letter.healedAt?.description ?? "no, it waits"), ("why", letter.error),
            ("in quarantine", waits.isEmpty ? "no" : waits.joined(separator: ", ")),
        ] { table.row([name, value]) }
        table.rule()
        for field in letter.fields {
            table.row([field.name, shown(field) ?? "\(Units.bytes(field.value.count)), not shown"])
        }
        OutputOptions.put(table.text)
    }

    private func shown(_ field: LogEntry.Field) -> String? {
        guard reveal || Self.plain.contains(field.name) else { return nil }
        return String(validating: field.value, as: UTF8.self)
    }
}
