import Redis
import SessionCore
import SessionModel

/// What a script answered: a word, and values behind it.
struct ScriptReply {
    let word: String
    let values: RedisReply

    init(_ reply: RedisReply) throws(HotError) {
        guard let word = reply[0]?.string else { throw .broken("a script answered without a word") }
        self.word = word
        self.values = reply
    }

    func string(_ index: Int) throws(HotError) -> String {
        guard let text = values[index]?.string else { throw malformed }
        return text
    }

    func integer(_ index: Int) throws(HotError) -> Int64 {
        guard let number = values[index]?.integer else { throw malformed }
        return Int64(number)
    }

    var malformed: HotError { .broken("a script's answer to \(word) makes no sense") }

    /// The refusal that the word stands for.
    func refusal() throws(HotError) -> HotRefusal {
        switch word {
        case "MISS": return .miss
        case "ABSENT": return .absent
        case "MISSIONMISS": return .missionMiss(try mission())
        case "LINKED": return .linked(try mission())
        case "TAKEN": return .missionTaken
        case "LINKMOVED": return .linkMoved
        case "DUE": return .due
        case "NOTDUE": return .notDue
        case "MOVED": return .moved
        case "STATUS":
            guard let status = SessionStatus(rawValue: try string(1)) else { throw malformed }
            return .status(status)
        case "VERSION": return .version(try integer(1))
        case "REUSED": return .keyReused
        case "KEYUNKNOWN": return .keyUnknown
        case "NUMBER": return .numberUnknown
        case "CHATFULL": return .chatFull
        case "FULL": return .backlogFull
        case "UNRECONCILED": throw .unreconciled
        default: throw malformed
        }
    }

    private func mission() throws(HotError) -> MissionID {
        guard let id = MissionID(try string(1)) else { throw malformed }
        return id
    }

    /// Reads the outcome text of a creating write, whether it was made now or before.
    func outcome<Value>(_ parse: (Outcome) throws(HotError) -> Value) throws(HotError) -> HotReply<Value> {
        switch word {
        case "OK": return .done(try parse(Outcome(text: try string(1))))
        case "REPLAYED": return .replayed(try parse(Outcome(text: try string(1))))
        default: return .refused(try refusal())
        }
    }
}

/// The outcome of a creating write, as a script words it and an idempotency key keeps it: values with spaces between.
struct Outcome {
    private var rest: Substring.UTF8View

    init(text: String) { rest = text[...].utf8 }

    /// Split by bytes: a name may begin with a mark that melts into the space before it.
    mutating func word() throws(HotError) -> Substring {
        guard !rest.isEmpty else { throw .broken("an outcome is too short") }
        let word = rest.prefix { $0 != UInt8(ascii: " ") }
        rest = rest[word.endIndex...].dropFirst()
        return Substring(word)
    }

    mutating func integer() throws(HotError) -> Int64 {
        guard let number = Int64(try word()) else { throw .broken("an outcome lacks a number") }
        return number
    }

    mutating func time() throws(HotError) -> Timestamp { Timestamp(milliseconds: try integer()) }

    mutating func logID() throws(HotError) -> LogID {
        guard let id = LogID(try word()) else { throw .broken("an outcome lacks a log id") }
        return id
    }

    mutating func identifier<Kind>() throws(HotError) -> Identifier<Kind> {
        guard let id = Identifier<Kind>(try word()) else { throw .broken("an outcome lacks an id") }
        return id
    }

    var isAtEnd: Bool { rest.isEmpty }
    /// Everything behind the values read.
    var remainder: String { String(Substring(rest)) }
}
