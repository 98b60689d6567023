import SessionCore
import SessionModel

/// Sessions and chats as answers hold them, field by field in the order of the contract.
enum SessionJSON {
    static func writeFields(_ open: OpenSession, to writer: inout JSONObjectWriter) {
        let session = open.session
        writer.member("id", session.id)
        writer.member("user_id", session.userID)
        writer.member("name", session.name)
        writer.member("status", session.status.rawValue)
        writer.member("chat_id", session.id.chat)
        writer.member("mission_id", session.missionID)
        writer.member("session_metadata", json: open.metadata)
        writer.member("version", session.version)
        writer.member("message_count", session.messageCount)
        writer.member("created_at", session.createdAt)
        writer.member("updated_at", session.updatedAt)
        writer.member("last_activity_at", session.lastActivityAt)
        if let time = session.abandonsAt { writer.member("abandons_at", time) }
        if let time = session.abandonedAt { writer.member("abandoned_at", time) }
    }

    static func document(_ open: OpenSession) -> [UInt8] {
        var writer = JSONObjectWriter(reserving: 512 + open.metadata.count)
        writeFields(open, to: &writer)
        return writer.finish()
    }

    /// {user_session, chat}
    static func created(_ open: OpenSession) -> [UInt8] {
        var writer = JSONObjectWriter(reserving: 1024 + open.metadata.count)
        writer.member("user_session", object: { writeFields(open, to: &$0) })
        writer.member("chat", object: { writeChat(of: open.session, messages: nil, to: &$0) })
        return writer.finish()
    }

    /// The pointers alone.
    static func initialized(_ open: OpenSession) -> [UInt8] {
        let session = open.session
        var writer = JSONObjectWriter(reserving: 384 + open.metadata.count)
        writer.member("id", session.id)
        writer.member("user_id", session.userID)
        writer.member("name", session.name)
        writer.member("chat_id", session.id.chat)
        writer.member("mission_id", session.missionID)
        writer.member("session_metadata", json: open.metadata)
        return writer.finish()
    }

    /// The session with its chat and its mission.
    static func whole(_ view: SessionView) -> [UInt8] {
        var writer = JSONObjectWriter(
            reserving: 1536 + view.session.metadata.count + view.messages.json.count
                + (view.mission.map(MissionJSON.estimate) ?? 0))
        writeFields(view.session, to: &writer)
        writer.member("chat", object: { writeChat(of: view.session.session, messages: view.messages, to: &$0) })
        if let mission = view.mission {
            writer.member("mission") { MissionJSON.write(mission, into: &$0) }
        } else {
            writer.member("mission") { $0 += "null".utf8 }
        }
        return writer.finish()
    }

    /// Title and metadata of a chat have no writer yet; its times are its session's. `has_more` stands only where the
    /// messages were asked for.
    private static func writeChat(
        of session: UserSession, messages: MessagePage?, to writer: inout JSONObjectWriter
    ) {
        writer.member("id", session.id.chat)
        writer.member("user_session_id", session.id)
        writer.member("title") { $0 += "null".utf8 }
        writer.member("chat_metadata") { $0 += "{}".utf8 }
        writer.member("created_at", session.createdAt)
        writer.member("updated_at", session.updatedAt)
        writer.member("messages") { $0.appendMessages(messages) }
        if let messages { writer.member("has_more", messages.hasMore) }
    }

    static func page(_ page: SessionPage, number: Int?, size: Int) -> [UInt8] {
        PageJSON.document("sessions", page.sessions, page.total, page.next, number: number, size: size) {
            session, output in output += document(session)
        }
    }

    static func activity(_ id: SessionID, _ touched: TouchedSession) -> [UInt8] {
        var writer = JSONObjectWriter(reserving: 192)
        writer.member("id", id)
        writer.member("status", SessionStatus.active.rawValue)
        writer.member("last_activity_at", touched.lastActivityAt)
        writer.member("abandons_at", touched.abandonsAt)
        return writer.finish()
    }
}

extension [UInt8] {
    /// Appends the stored messages as an array, without looking into them.
    mutating func appendMessages(_ page: MessagePage?) {
        append(UInt8(ascii: "["))
        if let page { self += page.json }
        append(UInt8(ascii: "]"))
    }
}
