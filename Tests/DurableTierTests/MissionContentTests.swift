import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct MissionContentTests {
    let folder = TemporaryFolder()

    /// A JSON string of that many bytes.
    private static func content(bytes: Int) -> String { "\"" + String(repeating: "x", count: bytes - 2) + "\"" }

    @Test func aSmallContentComesWithTheTreeAndALargeOneIsFetched() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "plan")
        let limit = MissionLimits.hotContentBytes
        let without = plan.addAsset()
        let hot = [plan.addAsset(content: "null"), plan.addAsset(content: Self.content(bytes: limit))]
        // Bytes count, not characters.
        let wide = "\"" + String(repeating: "\u{e9}", count: limit / 2) + "\""
        let cold = [Self.content(bytes: limit + 1), Self.content(bytes: 1 << 20), wide].map {
            plan.addAsset(content: $0)
        }
        plan.write(to: &journal)
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.contents == plan.expectedContents)
        #expect(found.contents[without] == nil && cold.allSatisfy { found.contents[$0] == .cold })
        for asset in hot + cold {
            let content = try await store.content(of: asset, in: plan.id, user: user7)
            #expect(content == plan.contents[asset])
        }
        #expect(try await store.content(of: without, in: plan.id, user: user7) == nil)
        await store.close()
    }

    @Test(arguments: [true, false])
    func aContentChangesShrinksAndGoesWhileItsAssetStays(_ inOneBatch: Bool) async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "plan")
        let (grows, shrinks, goes, comes) = (
            plan.addAsset(content: "1"), plan.addAsset(content: Self.content(bytes: 5_000)),
            plan.addAsset(content: "3"),
            plan.addAsset()
        )
        plan.write(to: &journal)
        plan.put(content: Array(Self.content(bytes: 6_000).utf8), of: grows)
        plan.put(content: Array("2".utf8), of: shrinks)
        plan.put(content: nil, of: goes)
        plan.put(content: Array("{\"\u{e9}\":\"🌍\"}".utf8), of: comes)
        plan.write(to: &journal)
        let entries = journal.take()
        var cursor = LogID.zero
        for batch in inOneBatch ? [entries] : entries.map({ [$0] }) {
            cursor = try await store.apply(batch, after: cursor, in: shard0).cursor
        }
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.contents == plan.expectedContents && found.contents[goes] == nil)
        #expect(found.tree == (try plan.tree(logID: cursor)))
        await store.close()
    }

    static let noJSON: [[UInt8]] = [
        Array("".utf8) + [0], Array("{".utf8), Array("1 2".utf8), Array("'a'".utf8), Array("nul".utf8),
        Array("[1,]".utf8),
        Array("\u{feff}1".utf8), Array("1\u{0}".utf8), Array("[1]\u{0}]".utf8),
        Array("\"".utf8) + [0xff] + Array("\"".utf8),
        Array("\"".utf8) + [0xed, 0xa0, 0x80] + Array("\"".utf8),
    ]

    @Test(arguments: noJSON) func whatIsNotJSONInUTF8IsNoContent(_ content: [UInt8]) async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "plan")
        let asset = plan.addAsset(content: "1")
        plan.write(to: &journal)
        let entries = journal.take()
        let cursor = try await store.apply(entries, after: .zero, in: shard0).cursor
        journal.mission("amend", plan.id, version: 2, [.content(asset): content])
        #expect(try await store.apply(journal.take(), after: cursor, in: shard0).deadLetters == 1)
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree == (try plan.tree(logID: entries[0].id)) && found.contents == plan.expectedContents)
        let errors = try inspect(folder) { try String.fetchAll($0, sql: "SELECT error FROM dead_letters") }
        #expect(errors == ["the content of asset \(asset) is not JSON"])
        await store.close()
    }
}
