import FoundationEssentials
import GRDB
import SessionCore
import SessionModel

/// An entry that can't be applied, as it is set aside: raw, with why.
struct DeadLetter {
    let entry: LogEntry
    let reason: String

    func insert(into db: Database) throws {
        var statement = try SQLStatement(
            db,
            "INSERT INTO dead_letters (log_id, session_id, mission_id, user_id, entry, error) VALUES (?, ?, ?, ?, ?, ?)"
        )
        try statement.bind(entry.id.description)
        try statement.bind(entry.text("sid"))
        try statement.bind(entry.text("mid"))
        try statement.bind(entry.text("user_id"))
        try statement.bind(text: json)
        try statement.bind(reason)
        try statement.run()
    }

    /// The entry of a letter; nil where there is none of that number, it can't be read, or it is made up for.
    static func entry(_ number: Int64, in db: Database) throws -> LogEntry? {
        var statement = try SQLStatement(
            db, "SELECT log_id, entry FROM dead_letters WHERE number = ? AND healed_at IS NULL")
        try statement.bind(number)
        guard try statement.step(), let id = LogID(statement.text(0)), let fields = try fields(statement.bytes(1))
        else {
            return nil
        }
        return LogEntry(id: id, fields: fields)
    }

    /// Out of ``json``; nil where it is another.
    static func fields(_ json: [UInt8]) throws -> [LogEntry.Field]? {
        var fields: [LogEntry.Field] = []
        for field in try JSONTape(json).root.elements {
            let pair = Array(field.elements)
            guard pair.count == 2, let name = pair[0].string else { return nil }
            if let text = pair[1].string {
                fields.append(LogEntry.Field(name: name, value: Array(text.utf8)))
            } else if let data = pair[1]["base64"]?.string.flatMap({ Data(base64Encoded: $0) }) {
                fields.append(LogEntry.Field(name: name, value: Array(data)))
            } else {
                return nil
            }
        }
        return fields
    }

    /// `[["op","append"],["metadata",{"base64":"…"}]]`: names and values in their order, nothing lost. A value that is
    /// no UTF-8 stands in base64.
    var json: [UInt8] {
        var output: [UInt8] = [UInt8(ascii: "[")]
        for (index, field) in entry.fields.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "["))
            JSONText.write(field.name, into: &output)
            output.append(UInt8(ascii: ","))
            if let text = String(validating: field.value, as: UTF8.self) {
                JSONText.write(text, into: &output)
            } else {
                output += Array(#"{"base64":"\#(Data(field.value).base64EncodedString())"}"#.utf8)
            }
            output.append(UInt8(ascii: "]"))
        }
        output.append(UInt8(ascii: "]"))
        return output
    }
}
