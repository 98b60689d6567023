import ArgumentParser
import FoundationEssentials
import SessionAPI
import SessionModel
import SessionOptions
import SessionSettings

struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a token for a user, signed with the service's own secret (HS256). For development.")

    @Option(help: "The user's id: 1 to 128 bytes.")
    var user: String

    @Option(help: "Hours until it expires.")
    var hours = 24

    @OptionGroup var options: SettingsOptions

    func validate() throws {
        guard UserID(user) != nil else { throw ValidationError("--user: 1 to 128 bytes without control characters") }
        guard (1...8760).contains(hours) else { throw ValidationError("--hours: 1 to 8760") }
    }

    func run() async throws {
        let settings = try await options.settings()
        guard let user = UserID(user), let secret = try settings.tokenSecret() else {
            throw ValidationError("tokens.secret-file is not set: tokens are made by whoever has the private key")
        }
        let now = Int64(Date().timeIntervalSince1970)
        print(
            TokenMint.token(
                user: user, secret: Array(secret.utf8), issued: now, expires: now + Int64(hours) * 3600,
                issuer: settings.tokens.issuer, audience: settings.tokens.audience))
    }
}
