import ArgumentParser
import DurableTier
import SessionCore
import SessionModel

/// A dead letter, and in which file it is: each shard numbers its own.
struct Letter: Sendable {
    var shard: Shard
    var letter: SetAside

    var state: String { letter.healedAt == nil ? "waits" : "healed" }

    func write(to item: inout JSONObjectWriter) {
        item.member("shard", Int(shard.number))
        item.member("number", letter.number)
        item.member("log_id", letter.logID)
        item.member("op", letter.operation)
        if let session = letter.sessionID { item.member("session_id", session) }
        if let mission = letter.missionID { item.member("mission_id", mission) }
        if let user = letter.userID { item.member("user_id", user) }
        item.member("error", letter.error)
        item.member("created_at", letter.createdAt.description)
        if let healedAt = letter.healedAt { item.member("healed_at", healedAt.description) }
    }
}

/// Which letters are meant.
struct LetterSelection: ParsableArguments {
    @Argument(help: "Numbers, as `dead-letters list` shows them.")
    var numbers: [Int64] = []

    @Flag(help: "All that wait.")
    var all = false

    @OptionGroup var shard: ShardOption

    func validate() throws {
        if all != numbers.isEmpty { throw ValidationError("either numbers or --all") }
    }

    /// Throws where one of them isn't there.
    func letters(_ installation: Installation) throws -> [Letter] {
        if all { return try installation.letters(healed: false, shard.chosen(installation)) }
        let shard = try shard.one(installation)
        let reader = try installation.reader(of: shard)
        defer { reader.close() }
        return try numbers.map { number in
            guard let letter = try sqlite({ () throws(DurableError) in try reader.deadLetter(number) }) else {
                throw Failure(
                    "shard \(shard.number) has no dead letter \(number): see `sessionctl dead-letters list --healed`")
            }
            return Letter(shard: shard, letter: letter)
        }
    }
}

extension Installation {
    func letters(healed: Bool, _ shard: Shard?) throws -> [Letter] {
        var letters: [Letter] = []
        for shard in shard.map({ [$0] }) ?? Array(shards.all) {
            let reader = try reader(of: shard)
            defer { reader.close() }
            var last: Int64 = 0
            while case let page = try sqlite({ () throws(DurableError) in
                try reader.deadLetters(after: last, healed: healed, limit: 500)
            }), let newest = page.last {
                letters += page.map { Letter(shard: shard, letter: $0) }
                last = newest.number
            }
        }
        return letters
    }
}
