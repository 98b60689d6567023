import SessionCore
import SessionModel

/// Behind `/sessions/{id}/messages` and `/chat/{id}/messages`.
struct MessageEndpoints: Sendable {
    let sessions: Sessions

    /// The answer is made of the request and of what the hot tier gave each message, so a replay has the ids of the
    /// first time.
    func append(_ exchange: Exchange) async throws -> APIResponse {
        let (id, condition) = (try exchange.id() as SessionID, try exchange.condition())
        let (root, body) = try await exchange.json()
        let parsed = try MessageBody(root, limits: exchange.limits)
        let messages = parsed.items.map { item in
            NewMessage(
                id: item.id ?? sessions.newMessageID(for: id), role: item.role, content: item.content,
                metadata: item.metadata)
        }
        let written = try await sessions.append(
            MessageAppend(
                session: id, userID: exchange.user, messages: messages, condition: condition,
                idempotency: try exchange.idempotency(body)))
        return await exchange.answer(
            201, Self.document(messages, written.value, in: id.chat, isBatch: parsed.isBatch), write: written.write,
            isReplay: written.isReplay, source: written.source, version: written.value.version)
    }

    private static func document(
        _ messages: [NewMessage], _ appended: AppendedMessages, in chat: ChatID, isBatch: Bool
    ) -> [UInt8] {
        func write(_ place: Int, into output: inout [UInt8]) {
            let message = messages[place]
            output += MessageJSON.document(
                id: place < appended.ids.count ? appended.ids[place] : message.id, chat: chat,
                sequence: appended.firstSequence + Int64(place), at: appended.createdAt, role: message.role,
                content: message.content, metadata: message.metadata)
        }
        var writer = JSONObjectWriter(reserving: 512)
        if isBatch {
            writer.member("messages") { output in
                output.appendArray(messages.indices) { place, output in write(place, into: &output) }
            }
        } else {
            writer.member("message") { write(0, into: &$0) }
        }
        return writer.finish()
    }

    func list(_ exchange: Exchange) async throws -> APIResponse {
        let id: SessionID = try exchange.id()
        let view = try await sessions.messages(MessageRange(exchange.query()), of: id, user: exchange.user)
        return try exchange.answer(view.source) {
            var writer = JSONObjectWriter(reserving: view.page.json.count + 64)
            writer.member("messages") { $0.appendMessages(view.page) }
            writer.member("has_more", view.page.hasMore)
            return writer.finish()
        }
    }

    /// Every message that the hot window holds.
    func window(_ exchange: Exchange) async throws -> APIResponse {
        let view = try await sessions.window(of: exchange.id(), user: exchange.user)
        return try exchange.answer(view.source) {
            var writer = JSONObjectWriter(reserving: view.page.json.count + 32)
            writer.member("messages") { $0.appendMessages(view.page) }
            return writer.finish()
        }
    }
}
