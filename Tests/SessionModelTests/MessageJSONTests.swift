import SessionModel
import Testing

@Suite struct MessageJSONTests {
    private let id = MessageID(high: 0x0196_f3c2_aaaa_7bbb, low: 0x8ccc_0000_0000_0001)
    private let chat = ChatID(high: 0x0196_f3c2_aaaa_8bbb, low: 0x8ccc_0000_0000_0001)

    @Test func aDocumentIsItsHeadWhatTheHotTierPutsInAndItsTail() throws {
        let content = "line\n\"quoted\" \u{e9}"
        let metadata = Array(#"{"n":1.00}"#.utf8)
        let document = MessageJSON.document(
            id: id, chat: chat, sequence: 7, at: Timestamp(milliseconds: 0), role: .tool, content: content,
            metadata: metadata)
        let middle = #"7,"created_at":"1970-01-01T00:00:00.000Z","updated_at":"1970-01-01T00:00:00.000Z","#
        #expect(
            document
                == MessageJSON.head(id: id, chat: chat) + Array(middle.utf8)
                + MessageJSON.tail(role: .tool, content: content, metadata: metadata))
        let root = try JSONTape(document).root
        #expect(
            root.members.map(\.key) == [
                "id", "chat_id", "sequence_order", "created_at", "updated_at", "role", "content", "message_metadata",
            ])
        #expect(root["id"]?.string == id.description)
        #expect(root["chat_id"]?.string == chat.description)
        #expect(root["content"]?.string == content)
        #expect(root["role"]?.string == "tool")
        #expect(root["message_metadata"].map { Array($0.raw) } == metadata)
    }

    @Test func pagesAreJoinedWithoutAGap() {
        var page = MessagePage()
        page.append(MessagePage())
        #expect(page == MessagePage())
        page.append(MessagePage(json: Array("{1},{2}".utf8), count: 2, firstSequence: 5))
        page.append(MessagePage(json: Array("{3}".utf8), count: 1, firstSequence: 7))
        page.append(MessagePage())
        #expect(page == MessagePage(json: Array("{1},{2},{3}".utf8), count: 3, firstSequence: 5))
        #expect(page.lastSequence == 7)
    }
}
