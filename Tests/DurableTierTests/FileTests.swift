import Foundation
import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct FileTests {
    let folder = TemporaryFolder()

    private static func pragmas(_ db: Database) throws -> [String: String] {
        let names = [
            "journal_mode", "synchronous", "wal_autocheckpoint", "foreign_keys", "trusted_schema", "cell_size_check",
            "mmap_size", "cache_size", "query_only", "busy_timeout", "temp_store",
        ]
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try String.fetchOne(db, sql: "PRAGMA \($0)") ?? "none") })
    }

    @Test func theWriterHasEverySettingThatThePromisesRestOn() async throws {
        let store = try await openStore(in: folder)
        let pragmas = try await store.file(of: shard0).withWriter { try Self.pragmas($0) }
        #expect(
            pragmas == [
                "journal_mode": "wal", "synchronous": "2", "wal_autocheckpoint": "0", "foreign_keys": "1",
                "trusted_schema": "0", "cell_size_check": "1", "mmap_size": "0", "cache_size": "-65536",
                "query_only": "0", "busy_timeout": "2000", "temp_store": "2",
            ])
        await store.close()
    }

    @Test func readersCannotWriteAndKeepTheirHandsOffTheLog() async throws {
        let store = try await openStore(in: folder)
        let pragmas = try await store.file(of: shard0).read { db, _ in try Self.pragmas(db) }
        #expect(pragmas["query_only"] == "1" && pragmas["wal_autocheckpoint"] == "0" && pragmas["mmap_size"] == "0")
        #expect(pragmas["trusted_schema"] == "0" && pragmas["cell_size_check"] == "1")
        #expect(pragmas["busy_timeout"] == "500" && pragmas["cache_size"] == "-4096")
        await #expect(throws: DurableError.self) {
            try await store.file(of: shard0).read { db, _ in try db.execute(sql: "DELETE FROM users") }
        }
        await store.close()
    }

    @Test func filesAreTheirOwnersAlone() async throws {
        let store = try await openStore(in: folder, shards: 2)
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(folder.path) == 0o700)
        for shard in 0...1 {
            for suffix in ["", "-wal", "-shm"] {
                #expect(try mode("\(folder.path)/shard-\(shard).sqlite\(suffix)") == 0o600)
            }
        }
        await store.close()
    }

    @Test(arguments: [0o750, 0o705, 0o701])
    func aFolderThatOthersMayEnterIsRefused(_ mode: Int) async throws {
        try FileManager.default.createDirectory(
            atPath: folder.path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path)
        await #expect(throws: DurableError.self) { try await openStore(in: folder) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func aFileOfAnotherNumberOfShardsIsRefused() async throws {
        await (try openStore(in: folder, shards: 2)).close()
        await #expect {
            try await openStore(in: folder, shards: 3)
        } throws: { "\($0)".contains("is shard 0 of 2, not 0 of 3") }
        for suffix in ["", "-wal", "-shm"] {
            let paths = (0...1).map { "\(folder.path)/shard-\($0).sqlite\(suffix)" }
            try FileManager.default.removeItem(atPath: paths[0])
            try FileManager.default.moveItem(atPath: paths[1], toPath: paths[0])
        }
        await #expect {
            try await openStore(in: folder, shards: 2)
        } throws: { "\($0)".contains("is shard 1 of 2, not 0 of 2") }
    }

    @Test func theDatasetKeepsItsName() async throws {
        let first = try await openStore(in: folder, shards: 2)
        let names = [try await first.datasetID(of: shard0), try await first.datasetID(of: Shard(number: 1))]
        await first.close()
        let second = try await openStore(in: folder, shards: 2)
        #expect([try await second.datasetID(of: shard0), try await second.datasetID(of: Shard(number: 1))] == names)
        #expect(names[0] != names[1] && names[0].count == 32)
        await second.close()
    }

    @Test func aFileThatIsNoDatabaseIsReportedAndLeftAlone() async throws {
        await (try openStore(in: folder)).close()
        let path = "\(folder.path)/shard-0.sqlite"
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        let garbage = Data(repeating: 0x5a, count: 8192)
        try garbage.write(to: URL(fileURLWithPath: path))
        await #expect {
            try await openStore(in: folder)
        } throws: { error in
            guard case .corrupt? = error as? DurableError else { return false }
            return true
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == garbage)
    }

    @Test func aMissingFileWhoseLogIsThereIsNotMadeAnew() async throws {
        await (try openStore(in: folder)).close()
        try FileManager.default.removeItem(atPath: "\(folder.path)/shard-0.sqlite")
        await #expect {
            try await openStore(in: folder)
        } throws: { "\($0)".contains("write-ahead log is there") }
        #expect(FileManager.default.fileExists(atPath: "\(folder.path)/shard-0.sqlite-wal"))
    }

    @Test func anotherApplicationsDatabaseIsRefused() async throws {
        await (try openStore(in: folder)).close()
        let path = "\(folder.path)/shard-0.sqlite"
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: "CREATE TABLE recipes (name TEXT)") }
        try queue.close()
        await #expect {
            try await openStore(in: folder)
        } throws: { "\($0)".contains("another application") }
    }

    @Test func closingDoesNotCheckpointAndLosesNothing() async throws {
        let path = "\(folder.path)/shard-0.sqlite"
        let store = try await openStore(in: folder)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        await store.close()
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(try #require(PrivateFolder.size(of: path + "-wal")) > 0)
        let again = try await openStore(in: folder)
        #expect(try await again.session(id, of: user7, messages: 1) != nil)
        await again.close()
        await #expect(throws: DurableError.failed("the store is closed")) { try await again.cursor(of: shard0) }
    }

    @Test func aLogThatGrewTooLargeIsEmptiedUnlessAReaderStays() async throws {
        var limits = DurableLimits()
        limits.truncateAboveBytes = 400_000
        limits.truncateBusyMilliseconds = 20
        let store = try await openStore(in: folder, limits: limits)
        let log = "\(folder.path)/shard-0.sqlite-wal"
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        var cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        try await store.checkpoint(shard0)
        #expect(try #require(PrivateFolder.size(of: log)) > 0)

        journal.append(id, version: 2, first: 1, count: 100, content: String(repeating: "x", count: 5_000))
        cursor = try await store.apply(journal.take(), after: cursor, in: shard0).cursor
        try await holdingASnapshot {
            try await store.checkpoint(shard0)
            #expect(try #require(PrivateFolder.size(of: log)) > 400_000)
        }
        try await store.checkpoint(shard0)
        #expect(PrivateFolder.size(of: log) == 0)
        await store.close()
    }

    /// Runs `body` while another connection reads from a snapshot.
    private func holdingASnapshot(_ body: () async throws -> Void) async throws {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: "\(folder.path)/shard-0.sqlite", configuration: configuration)
        try await reader.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN")
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM users")
        }
        try await body()
        try await reader.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try reader.close()
    }
}
