import SessionModel
import Terminal

/// What a comparison of the tiers came to, for people and for machines.
struct DriftView {
    let sessions: Int
    let missions: Int
    let onTheirWay: Int
    let differences: [Difference]
    /// Nil: nothing was to be healed.
    let remaining: [Difference]?

    var text: String {
        var text = ""
        if !differences.isEmpty {
            var table = Table([.text("what"), .text("id"), .text("difference", longest: 100), .text("remedy")])
            for one in differences {
                table.row([
                    one.subject.kind, one.subject.text, one.what, remaining == nil ? one.remedy.rawValue : done(one),
                ])
            }
            text += table.text + "\n"
        }
        text += "\(Units.count(sessions)) sessions and \(Units.count(missions)) missions looked at"
        if onTheirWay > 0 { text += ", \(Units.count(onTheirWay)) of them with changes on their way to SQLite" }
        guard !differences.isEmpty else { return text + ": the tiers agree.\n" }
        text += ": \(Units.count(differences.count)) differences"
        guard let remaining else { return text + ". --heal puts them right.\n" }
        return text + (remaining.isEmpty ? ", all put right.\n" : ", \(Units.count(remaining.count)) remain.\n")
    }

    private func done(_ one: Difference) -> String {
        remaining?.contains { $0.subject == one.subject } == true ? "remains" : "put right"
    }

    var json: [UInt8] {
        var writer = JSONObjectWriter(reserving: 256)
        writer.member("sessions", sessions)
        writer.member("missions", missions)
        writer.member("on_their_way", onTheirWay)
        writer.member("differences") { Self.append(differences, to: &$0) }
        if let remaining { writer.member("remaining") { Self.append(remaining, to: &$0) } }
        return writer.finish()
    }

    private static func append(_ differences: [Difference], to output: inout [UInt8]) {
        output.appendArray(differences) { one, output in
            var item = JSONObjectWriter(reserving: 128)
            item.member("kind", one.subject.kind)
            item.member("id", one.subject.text)
            item.member("shard", Int(one.subject.shard.number))
            item.member("what", one.what)
            item.member("remedy", one.remedy.rawValue)
            output += item.finish()
        }
    }
}
