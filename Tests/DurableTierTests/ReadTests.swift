import Foundation
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct ReadTests {
    let folder = TemporaryFolder()

    static let ranges: [(MessageRange, Range<Int64>, Bool)] = [
        (.newest(limit: 3), 8..<11, true), (.newest(limit: 10), 1..<11, false), (.newest(limit: 50), 1..<11, false),
        (.before(4, limit: 2), 2..<4, true), (.before(4, limit: 5), 1..<4, false),
        (.before(99, limit: 2), 9..<11, true),
        (.before(.max, limit: 20), 1..<11, false), (.before(1, limit: 5), 1..<1, false),
        (.after(4, limit: 2), 5..<7, true), (.after(8, limit: 5), 9..<11, false), (.after(.min, limit: 1), 1..<2, true),
        (.after(10, limit: 5), 11..<11, false), (.after(.max, limit: 5), 11..<11, false),
    ]

    @Test(arguments: ranges)
    func aPageHoldsWhatThereIsOfItsRange(_ range: MessageRange, _ expected: Range<Int64>, _ hasMore: Bool) async throws
    {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let (id, empty) = (journal.newSession(), journal.newSession())
        journal.create(id)
        journal.append(id, version: 2, first: 1, count: 10)
        journal.create(empty)
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let page = try await store.messages(range, of: id, user: user7)
        #expect(
            String(decoding: page.json, as: UTF8.self)
                == expected.map { Journal.message(id, $0) }.joined(separator: ","))
        #expect(page.count == expected.count && page.hasMore == hasMore)
        if !expected.isEmpty { #expect(page.firstSequence == expected.lowerBound) }
        let none = try await store.messages(range, of: empty, user: user7)
        #expect(none.count == 0 && none.json.isEmpty && !none.hasMore)
        await store.close()
    }

    @Test func messagesAreSplicedAsTheyWereWritten() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.append(id, version: 2, first: 1, count: 9, content: "Grüße 🌍")
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let page = try await store.messages(.before(8, limit: 3), of: id, user: user7)
        #expect(page.count == 3 && page.firstSequence == 5 && page.hasMore)
        let expected = (5...7).map { Journal.message(id, $0, "Grüße 🌍") }.joined(separator: ",")
        #expect(String(decoding: page.json, as: UTF8.self) == expected)
        let stranger = try #require(UserID("8"))
        #expect(try await store.messages(.newest(limit: 5), of: id, user: stranger) == MessagePage())
        await store.close()
    }

    @Test func aGapIsReportedAndNotPapered() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.append(id, version: 2, first: 1, count: 5)
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        try await store.file(of: shard0).write {
            try $0.run("DELETE FROM chat_message_documents WHERE sequence_order = ?", 3)
        }
        let error = DurableError.failed("message 3 of session \(id) is missing")
        await #expect(throws: error) { try await store.messages(.newest(limit: 5), of: id, user: user7) }
        await #expect(throws: error) { try await store.session(id, of: user7, messages: 5) }
        #expect(try await store.messages(.after(3, limit: 5), of: id, user: user7).count == 2)
        await store.close()
    }

    @Test func aMissionBelongsToItsUser() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "tea")
        let asset = plan.addAsset(content: "[1]")
        plan.write(to: &journal)
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let stranger = try #require(UserID("8"))
        #expect(try await store.mission(plan.id, of: user7) != nil)
        #expect(try await store.mission(plan.id, of: stranger) == nil)
        #expect(try await store.content(of: asset, in: plan.id, user: user7) == Array("[1]".utf8))
        #expect(try await store.content(of: asset, in: plan.id, user: stranger) == nil)
        #expect(try await store.content(of: asset, in: journal.newMission(), user: user7) == nil)
        await store.close()
    }

    @Test func liveSessionsComeInPagesByIdAndArchivedOnesByAge() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let ids = (0..<30).map { _ in journal.newSession() }
        for id in ids { journal.create(id) }
        let before = journal.now
        for (index, id) in ids.enumerated() where index % 3 != 0 {
            journal.update(id, version: 2, [("status", index % 3 == 1 ? "archived" : "abandoned")])
        }
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        var live: [SessionID] = []
        while true {
            let page = try await store.liveHeads(of: shard0, after: live.last, limit: 7)
            if page.isEmpty { break }
            live += page.map(\.id)
        }
        let expected = ids.enumerated().filter { $0.offset % 3 != 1 }.map(\.element)
        #expect(live == expected.sorted { $0.description < $1.description })

        let archived = ids.enumerated().filter { $0.offset % 3 == 1 }.map(\.element)
        let all = try await store.archivedSessions(
            of: shard0, unchangedSince: Timestamp(milliseconds: journal.now), limit: 100)
        #expect(all == archived)
        let none = try await store.archivedSessions(
            of: shard0, unchangedSince: Timestamp(milliseconds: before), limit: 100)
        #expect(none.isEmpty)
        let two = try await store.archivedSessions(
            of: shard0, unchangedSince: Timestamp(milliseconds: journal.now), limit: 2)
        #expect(two == Array(archived.prefix(2)))
        await store.close()
    }

    @Test func aReaderNeverSeesHalfOfAnOperation() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let ids = (0..<4).map { _ in journal.newSession() }
        for id in ids { journal.create(id) }
        for round in 0..<60 {
            for id in ids { journal.append(id, version: Int64(round + 2), first: Int64(round * 5 + 1), count: 5) }
        }
        let entries = journal.take()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var cursor = LogID.zero
                for start in stride(from: 0, to: entries.count, by: 3) {
                    let batch = Array(entries[start..<min(start + 3, entries.count)])
                    cursor = try await store.apply(batch, after: cursor, in: shard0).cursor
                }
            }
            for id in ids {
                group.addTask {
                    var last: Int64 = 0
                    while last < 300 {
                        // The store itself throws where a message is missing.
                        guard let found = try await store.session(id, of: user7, messages: 1_000) else { continue }
                        #expect(found.messages.count == Int(found.session.messageCount))
                        #expect(found.session.messageCount % 5 == 0 && found.session.messageCount >= last)
                        #expect(found.session.version == 1 + found.session.messageCount / 5)
                        last = found.session.messageCount
                    }
                }
            }
            try await group.waitForAll()
        }
        await store.close()
    }

    @Test func peopleReadTheRowsWithTheCommandLineTool() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        journal.append(id, version: 2, first: 1, content: "good morning")
        var plan = MissionModel(journal.newMission(), name: "tea")
        let hop = plan.addHop()
        plan.addStep(to: hop)
        plan.addAsset(content: #"{"leaves":2}"#)
        plan.write(to: &journal)
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        process.arguments = [
            "-readonly", "\(folder.path)/shard-0.sqlite",
            """
            SELECT name, status, message_count FROM user_sessions;
            SELECT sequence_order, role, content, message_metadata, chat_id = (SELECT id FROM chats) FROM chat_messages;
            SELECT m.name, m.success_criteria ->> 0, h.sequence_order, tool_id, content ->> 'leaves'
            FROM missions m JOIN hops h ON h.mission_id = m.id JOIN tool_steps s ON s.hop_id = h.id
            JOIN assets a ON a.mission_id = m.id JOIN asset_contents ON asset_id = a.id;
            PRAGMA integrity_check; PRAGMA foreign_key_check;
            """,
        ]
        process.standardOutput = output
        try process.run()
        process.waitUntilExit()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == "Session 1|active|1\n1|user|good morning|{\"tokens\":3}|1\ntea|done|1|kettle|2\nok\n")
        await store.close()
    }
}
