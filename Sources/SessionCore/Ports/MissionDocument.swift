import FoundationEssentials
import SessionModel

/// A mission as both tiers keep it: one JSON document, whose times (milliseconds) the hot tier puts in between.
/// `mission_metadata` is sealed, in base64; an empty text stands for `{}`.
///
///     {"id":…,"user_id":…,  prefix        "created_at":1,"updated_at":1   the hot tier        ,"version":1,…}  suffix
extension Mission {
    /// How the document of a mission with this id and owner begins: by this a script tells whose it is.
    public static func documentPrefix(id: MissionID, user: UserID) -> [UInt8] {
        var writer = JSONObjectWriter(reserving: 128)
        writer.member("id", id)
        writer.member("user_id") { JSONText.write(user.text, into: &$0) }
        return writer.bytes + [UInt8(ascii: ",")]
    }

    public func documentSuffix() -> [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("version", version)
        writer.member("name", name)
        if let description { writer.member("description", description) }
        if let goal { writer.member("goal", goal) }
        writer.member("success_criteria") { output in
            output.append(UInt8(ascii: "["))
            for (index, text) in successCriteria.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSONText.write(text, into: &output)
            }
            output.append(UInt8(ascii: "]"))
        }
        writer.member("status", status.rawValue)
        writer.member("mission_metadata", Data(sealedMetadata ?? []).base64EncodedString())
        return [UInt8(ascii: ",")] + writer.finish().dropFirst()
    }

    /// The whole, as the hot tier puts it together.
    public func document() -> [UInt8] {
        Self.documentPrefix(id: id, user: userID)
            + Array(#""created_at":\#(createdAt.milliseconds),"updated_at":\#(updatedAt.milliseconds)"#.utf8)
            + documentSuffix()
    }

    /// Reads a document. `logID` is not in it.
    public init(document: [UInt8], logID: LogID = .zero) throws(ChangeError) {
        func failed(_ what: String) -> ChangeError { ChangeError(description: "mission: \(what)") }
        let root: JSONValue
        do { root = try JSONTape(document).root } catch { throw failed(error.reason.rawValue) }
        func text(_ key: String) throws(ChangeError) -> String {
            guard let value = root[key]?.string else { throw failed("no \(key)") }
            return value
        }
        func integer(_ key: String) throws(ChangeError) -> Int64 {
            guard let raw = root[key]?.raw, let value = Int64(String(decoding: raw, as: UTF8.self)) else {
                throw failed("no \(key)")
            }
            return value
        }
        guard let id = MissionID(try text("id")), let user = UserID(try text("user_id")),
            let status = MissionStatus(rawValue: try text("status")),
            let sealed = Data(base64Encoded: try text("mission_metadata"))
        else { throw failed("a field is not what its name promises") }
        self.init(
            id: id, userID: user, name: try text("name"), description: root["description"]?.string,
            goal: root["goal"]?.string, successCriteria: root["success_criteria"]?.elements.compactMap(\.string) ?? [],
            status: status, sealedMetadata: sealed.isEmpty ? nil : [UInt8](sealed), version: try integer("version"),
            logID: logID, createdAt: Timestamp(milliseconds: try integer("created_at")),
            updatedAt: Timestamp(milliseconds: try integer("updated_at")))
    }
}
