/// A message as it is stored and answered: one JSON object, whose sequence number and times the hot tier puts in.
///
///     {"id":…,"chat_id":…,"sequence_order":   head
///     7,"created_at":"…","updated_at":"…",    the hot tier
///     "role":…,"content":…,"message_metadata":…}   tail
public enum MessageJSON {
    public static func head(id: MessageID, chat: ChatID) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(120)
        bytes.append(contentsOf: #"{"id":""#.utf8)
        id.write(into: &bytes)
        bytes.append(contentsOf: #"","chat_id":""#.utf8)
        chat.write(into: &bytes)
        bytes.append(contentsOf: #"","sequence_order":"#.utf8)
        return bytes
    }

    /// `metadata` must be one JSON object.
    public static func tail(role: MessageRole, content: String, metadata: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.utf8.count + metadata.count + 64)
        bytes.append(contentsOf: #""role":""#.utf8)
        bytes.append(contentsOf: role.rawValue.utf8)
        bytes.append(contentsOf: #"","content":"#.utf8)
        JSONText.write(content, into: &bytes)
        bytes.append(contentsOf: #","message_metadata":"#.utf8)
        bytes.append(contentsOf: metadata)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The sequence number of a stored message; nil where its head is another.
    public static func sequence(_ document: [UInt8]) -> Int64? {
        let start = headLength
        guard document.count > start, document[start - 1] == UInt8(ascii: ":") else { return nil }
        let digits = document[start...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int64(String(decoding: digits, as: UTF8.self))
    }

    /// Bytes of every ``head(id:chat:)``.
    private static let headLength =
        #"{"id":"","chat_id":"","sequence_order":"#.utf8.count + 2 * 36

    /// The whole, as the hot tier puts it together.
    public static func document(
        id: MessageID, chat: ChatID, sequence: Int64, at time: Timestamp, role: MessageRole, content: String,
        metadata: [UInt8]
    ) -> [UInt8] {
        var bytes = head(id: id, chat: chat)
        bytes.append(contentsOf: String(sequence).utf8)
        bytes.append(contentsOf: #","created_at":""#.utf8)
        time.write(into: &bytes)
        bytes.append(contentsOf: #"","updated_at":""#.utf8)
        time.write(into: &bytes)
        bytes.append(contentsOf: #"","#.utf8)
        bytes.append(contentsOf: tail(role: role, content: content, metadata: metadata))
        return bytes
    }
}
