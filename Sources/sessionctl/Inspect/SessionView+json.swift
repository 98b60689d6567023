import HotTier
import SessionModel

extension SessionView {
    /// One object. Times are milliseconds as the tiers have them; metadata is told by its size and key, or, revealed, as
    /// it is.
    var json: [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("session", id)
        writer.member("shard", id.shard.number)
        writer.member("verdict", verdictName)
        writer.member("detail", verdict)
        writer.member("differences", texts: sides.comparison.fields.filter(\.differs).map(\.name))
        writer.member("redis") { self.writeSide(\.hot, isThere: !self.hot.fields.isEmpty, self.hot.mission, to: &$0) }
        writer.member("sqlite") {
            self.writeSide(\.stored, isThere: !self.stored.fields.isEmpty, self.stored.mission, to: &$0)
        }
        writer.member("abandons_at", optional: hot.abandonsAt)
        writer.member("cursor", stored.cursor.description)
        writer.member("messages", json: messages)
        writer.member("keys") { $0.appendArray(self.hot.keys) { $1 += Self.json($0) } }
        writer.member("places") { output in
            output.appendArray(self.hot.places) { place, output in
                var writer = JSONObjectWriter()
                writer.member("key", place.key)
                writer.member("score", place.score.milliseconds)
                output += writer.finish()
            }
        }
        writer.member("unflushed") { output in
            output.appendArray(self.sides.unflushed) { change, output in
                var writer = JSONObjectWriter()
                writer.member("log_id", change.id.description)
                writer.member("operation", change.operation)
                writer.member("version", change.version)
                writer.member("bytes", change.bytes)
                output += writer.finish()
            }
        }
        writer.member("dead_letters") { output in
            output.appendArray(self.stored.deadLetters) { letter, output in
                var writer = JSONObjectWriter()
                writer.member("number", letter.number)
                writer.member("log_id", letter.logID)
                writer.member("error", letter.error)
                output += writer.finish()
            }
        }
        if seal != nil {
            writer.member("revealed") { output in
                output.appendArray(self.openings) { opening, output in
                    var writer = JSONObjectWriter()
                    writer.member("field", opening.name)
                    writer.member("tiers", opening.tiers)
                    writer.member("text", opening.text)
                    output += writer.finish()
                }
            }
        }
        writer.member("commands", texts: commands.lines)
        return writer.finish()
    }

    private var verdictName: String {
        switch sides.comparison.verdict {
        case .agree: "agree"
        case .activityUnwritten: "activity-unwritten"
        case .unflushed: "unflushed"
        case .deletionUnflushed: "deletion-unflushed"
        case .deleted: "deleted"
        case .cold: "cold"
        case .unknown: "unknown"
        case .differ: "differ"
        }
    }

    private var messages: [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("redis", hot.keys.first { $0.type == "list" }?.size ?? 0)
        writer.member("sqlite", stored.messages.count)
        writer.member("sqlite_bytes", stored.messages.bytes)
        return writer.finish()
    }

    /// Null where that tier has none.
    private func writeSide(
        _ value: KeyPath<SessionComparison.Field, [UInt8]?>, isThere: Bool, _ mission: MissionTree?,
        to output: inout [UInt8]
    ) {
        guard isThere else { return output += "null".utf8 }
        output.append(UInt8(ascii: "{"))
        for field in sides.comparison.fields where !field.name.hasPrefix("mission.") {
            JSONText.write(field.name, into: &output)
            output.append(UInt8(ascii: ":"))
            if let bytes = field[keyPath: value] {
                let isSealed = field.name == "\(UserSession.metadataField)"
                JSONText.write(isSealed ? Self.sealed(bytes) : String(decoding: bytes, as: UTF8.self), into: &output)
            } else {
                output += "null".utf8
            }
            output.append(UInt8(ascii: ","))
        }
        output += #""mission":"#.utf8
        if let mission {
            var writer = JSONObjectWriter()
            writer.member("id", mission.id)
            writer.member("version", mission.version)
            writer.member("log_id", mission.logID.description)
            writer.member("hops", mission.hops.count)
            writer.member("tool_steps", mission.steps.count)
            writer.member("assets", mission.assets.count)
            output += writer.finish()
        } else {
            output += "null".utf8
        }
        output.append(UInt8(ascii: "}"))
    }

    private static func json(_ key: HotSession.Key) -> [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("key", key.name)
        writer.member("type", key.type)
        writer.member("size", key.size)
        if let memory = key.memory { writer.member("memory", memory) }
        if let ttl = key.ttl { writer.member("ttl_ms", ttl) }
        return writer.finish()
    }
}
