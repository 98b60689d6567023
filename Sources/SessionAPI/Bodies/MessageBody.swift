import SessionCore
import SessionModel

/// `POST /sessions/{id}/messages`: one message {role, content, message_metadata?, id?}, or {messages: [1 to 100]}.
struct MessageBody {
    struct Item {
        /// The client's own; nil: one is made.
        var id: MessageID?
        var role: MessageRole
        var content: String
        var metadata: [UInt8]
    }

    var items: [Item]
    /// Whether they came as a list, and so are answered as one.
    var isBatch: Bool

    init(_ root: JSONValue, limits: APILimits) throws(Problem) {
        var faults = BodyFaults()
        let members = try root.object()
        if let list = root["messages"] {
            isBatch = true
            for (key, _) in members where key != "messages" { faults.noteUnknown(key, in: "") }
            items = Self.batch(list, limits: limits, &faults)
        } else {
            isBatch = false
            items = Self.item(root, at: "", limits: limits, &faults).map { [$0] } ?? []
        }
        try faults.check()
    }

    private static func batch(_ list: JSONValue, limits: APILimits, _ faults: inout BodyFaults) -> [Item] {
        guard list.kind == .array else {
            faults.note("/messages", "must be an array")
            return []
        }
        var items: [Item] = []
        var ids: Set<MessageID> = []
        var count = 0
        for element in list.elements {
            let pointer = "/messages/\(count)"
            count += 1
            guard count <= APILimits.messagesPerAppend else { break }
            guard let item = item(element, at: pointer, limits: limits, &faults) else { continue }
            if let id = item.id, !ids.insert(id).inserted { faults.note(pointer + "/id", "must not be given twice") }
            items.append(item)
        }
        if count == 0 || count > APILimits.messagesPerAppend {
            faults.note("/messages", "must hold 1 to \(APILimits.messagesPerAppend) messages")
        }
        return items
    }

    private static func item(
        _ value: JSONValue, at parent: String, limits: APILimits, _ faults: inout BodyFaults
    ) -> Item? {
        guard value.kind == .object else {
            faults.note(parent, "must be an object")
            return nil
        }
        var id: MessageID?
        var role: MessageRole?
        var content: String?
        var metadata = Array("{}".utf8)
        var hasRole = false
        var hasContent = false
        for (key, value) in value.members {
            switch key {
            case "role":
                hasRole = true
                role = faults.choice(value, at: parent + "/role", of: MessageRole.self)
            case "content":
                hasContent = true
                content = faults.text(value, at: parent + "/content", bytes: limits.messageBytes)
            case "message_metadata":
                guard value.kind != .null else { continue }
                metadata = faults.metadata(value, at: parent + "/message_metadata", limits: limits) ?? metadata
            case "id":
                if value.kind != .null { id = faults.identifier(value, at: parent + "/id") }
            default:
                faults.noteUnknown(key, in: parent)
            }
        }
        if !hasRole { faults.note(parent + "/role", "is needed") }
        if !hasContent { faults.note(parent + "/content", "is needed") }
        guard let role, let content else { return nil }
        return Item(id: id, role: role, content: content, metadata: metadata)
    }
}
