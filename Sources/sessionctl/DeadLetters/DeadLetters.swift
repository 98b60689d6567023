import ArgumentParser

struct DeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters", abstract: "Log entries that could not be applied to SQLite and were set aside.",
        discussion: """
            What such an entry is about is written out whole from its hot copy, so that most heal by themselves. One that stays \
            holds what neither tier has.
            """,
        subcommands: [ListLetters.self, ShowLetter.self, RetryLetters.self, DropLetters.self],
        defaultSubcommand: ListLetters.self)
}
