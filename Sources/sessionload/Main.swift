import ArgumentParser

#if canImport(Glibc)
    import Glibc
#endif

@main
struct Sessionload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessionload",
        abstract: "Loads a session service, verifies its answers, and reports what that took.",
        discussion:
            "Exit codes: 0 fine, 1 an answer was wrong or missing, 64 wrong usage, 74 a file could not be written.",
        subcommands: [Run.self], defaultSubcommand: Run.self)

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        await main(nil)
    }
}
