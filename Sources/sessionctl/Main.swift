import ArgumentParser
import SessionAPI
import SessionModel
import SessionSettings

#if canImport(Glibc)
    import Glibc
#endif

@main
struct Sessionctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessionctl", abstract: "For those who operate sessiond.", subcommands: [Token.self])

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        await main(nil)
    }
}
