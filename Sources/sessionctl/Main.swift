import ArgumentParser

#if canImport(Glibc)
    import Glibc
#endif

@main
struct Sessionctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessionctl", abstract: "For those who operate sessiond.",
        discussion: "Exit codes: 0 fine, 1 something was found or failed, 64 wrong usage.",
        subcommands: [
            Inspect.self, Drift.self, DeadLetters.self, SweepCommand.self, Keys.self, Verify.self, Backup.self,
            Restore.self, Export.self, Import.self, User.self, Top.self,
            Token.self,
        ])

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        await main(nil)
    }
}
