import FuzzSupport
import SessionCore
import SessionModel

/// Arbitrary entries of the write-behind log: understood or refused, never a crash, and the same in any order of fields.
///
/// Two bytes for each field: its name's place in a list, or how long its own is; its value's, likewise.
@main enum Fuzz {
    static func main() {
        fuzz { start, count in
            run(Input(start, count))
            return 0
        }
    }
}

private let names = [
    "op", "sid", "user_id", "version", "at", "last_activity_at", "name", "status", "mission_id", "metadata",
    "abandoned_at", "first", "m", "mid", "mission_version", "mission", "unlinked",
    "hop:\(id)", "step:\(id)", "asset:\(id)", "content:\(id)", "letter", "idem",
]
private let id = "0193f2a1-7c3e-7abc-8def-0123456789ab"
private let values = [
    "create", "append", "delete", "mission", "amend", "discard", "complete", "archive", "resume", "abandon", "use",
    "retire", id, "42", "0", "-1", "9223372036854775807", "9223372036854775808", "", "active", "archived", "{}",
    "reseal", "retry", "drop", "forget",
].map { Array($0.utf8) }

private func run(_ input: Input) {
    var input = input
    var fields: [LogEntry.Field] = []
    while !input.isEmpty {
        let (nameByte, valueByte) = (input.number(), input.number())
        let name =
            nameByte < names.count ? names[nameByte] : String(decoding: input.bytes(nameByte & 31), as: UTF8.self)
        let value = valueByte < values.count ? values[valueByte] : input.bytes(valueByte & 63)
        fields.append(LogEntry.Field(name: name, value: value))
    }
    let log = LogID(milliseconds: 1, sequence: 1)
    let forwards = Outcome(LogEntry(id: log, fields: fields))
    // Only messages have an order.
    let others = fields.filter { $0.name != "m" }.reversed()
    let backwards = Outcome(LogEntry(id: log, fields: others + fields.filter { $0.name == "m" }))
    check(forwards == backwards, "the order of fields matters")
    guard forwards.change != nil else { return }
    // Every field of an entry that is understood is one that was needed or is known.
    for field in fields {
        check(names.contains(field.name) || MissionPart(field.name) != nil, "a field that nobody knows was passed over")
    }
    let strange = LogEntry(id: log, fields: fields + [LogEntry.Field(name: "strange", value: [])])
    check(Outcome(strange).change == nil, "an unknown field was passed over")
    let doubled = LogEntry(id: log, fields: fields + [LogEntry.Field(name: "op", value: fields[0].value)])
    check(Outcome(doubled).change == nil, "a field that stands twice was passed over")
}

/// What an entry was read as, in words; nil: not understood.
private struct Outcome: Equatable {
    var change: String?

    init(_ entry: LogEntry) {
        guard let change = try? Change(entry) else { return }
        switch change {
        case .session(let session):
            let mission = session.mission.map(Self.words) ?? ""
            self.change = """
                \(session.id) \(session.userID.text) \(session.creates) \(session.version) \(session.at) \
                \(session.lastActivityAt) \(session.name ?? "-") \(session.status?.rawValue ?? "-") \
                \(session.missionID.map { "\($0?.description ?? "none")" } ?? "-") \(session.sealedMetadata ?? [1]) \
                \(session.abandonedAt?.milliseconds ?? 0) \(session.firstSequence) \(session.messages) \(mission)
                """
        case .deletion(let session, let user): self.change = "\(session) \(user.text)"
        case .mission(let mission): self.change = Self.words(mission)
        case .resealing(let session, let user, let sealed): self.change = "\(session) \(user.text) \(sealed)"
        case .order(let order): self.change = "\(order)"
        }
    }

    private static func words(_ mission: MissionChange) -> String {
        let parts = mission.parts.map { "\($0.key.name)=\($0.value)" }.sorted()
        return "\(mission.kind) \(mission.id) \(mission.userID.text) \(mission.version) \(parts)"
    }
}
