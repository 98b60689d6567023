import Foundation
import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct FaultTests {
    let folder = TemporaryFolder()

    @Test(arguments: [
        (ResultCode.SQLITE_BUSY, SQLiteFault.wait), (.SQLITE_BUSY_SNAPSHOT, .wait), (.SQLITE_LOCKED, .wait),
        (.SQLITE_FULL, .wait), (.SQLITE_NOMEM, .wait), (.SQLITE_INTERRUPT, .wait), (.SQLITE_PROTOCOL, .wait),
        (.SQLITE_IOERR, .reopen), (.SQLITE_IOERR_FSYNC, .reopen), (.SQLITE_IOERR_WRITE, .reopen),
        (.SQLITE_READONLY, .reopen), (.SQLITE_READONLY_DBMOVED, .reopen), (.SQLITE_CANTOPEN, .reopen),
        (.SQLITE_CORRUPT, .damage), (.SQLITE_NOTADB, .damage), (.SQLITE_CONSTRAINT_UNIQUE, .value),
        (.SQLITE_CONSTRAINT_FOREIGNKEY, .value), (.SQLITE_TOOBIG, .value), (.SQLITE_MISMATCH, .value),
        (.SQLITE_ERROR, .program), (.SQLITE_MISUSE, .program), (.SQLITE_RANGE, .program),
    ])
    func everyResultCodeHasItsRemedy(_ code: ResultCode, _ fault: SQLiteFault) {
        let error = DatabaseError(resultCode: code, message: "m")
        #expect(error.fault == fault)
        let told = DurableError(error)
        switch fault {
        case .wait, .reopen: #expect(told == .transient("SQLite \(code.rawValue): m"))
        case .damage: #expect(told == .corrupt("SQLite \(code.rawValue): m"))
        case .value, .program: #expect(told == .failed("SQLite \(code.rawValue): m"))
        }
    }

    private func storeWithOneSession() async throws -> (SQLiteStore, SessionID, Journal, LogID) {
        var limits = DurableLimits()
        limits.writerBusyMilliseconds = 30
        let store = try await openStore(in: folder, limits: limits)
        var journal = Journal()
        let id = journal.newSession()
        journal.create(id)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        return (store, id, journal, cursor)
    }

    @Test(arguments: [ResultCode.SQLITE_BUSY, .SQLITE_FULL, .SQLITE_IOERR_FSYNC, .SQLITE_READONLY, .SQLITE_NOMEM])
    func aTransientErrorInMidTransactionLeavesNothingAndTheNextTryWorks(_ code: ResultCode) async throws {
        var (store, id, journal, cursor) = try await storeWithOneSession()
        let before = try dump(folder)
        let file = try store.file(of: shard0)
        await #expect(throws: DurableError.transient("SQLite \(code.rawValue): injected")) {
            try await file.write { db in
                try db.run("UPDATE user_sessions SET name = 'half'")
                throw DatabaseError(resultCode: code, message: "injected")
            }
        }
        #expect(try dump(folder) == before)
        journal.append(id, version: 2, first: 1)
        let batch = try await store.apply(journal.take(), after: cursor, in: shard0)
        #expect(batch.deadLetters == 0 && batch.sessions.map(\.messageCount) == [1])
        await store.close()
    }

    @Test func afterAnIOErrorTheLogIsEmptiedIntoTheFileBeforeAnythingIsWritten() async throws {
        let (store, id, _, _) = try await storeWithOneSession()
        let file = try store.file(of: shard0)
        let log = "\(folder.path)/shard-0.sqlite-wal"
        await #expect(throws: DurableError.self) {
            try await file.write { _ in throw DatabaseError(resultCode: .SQLITE_IOERR_FSYNC, message: "injected") }
        }
        #expect(try await store.session(id, of: user7, messages: 1) != nil)
        #expect(try #require(PrivateFolder.size(of: log)) > 0)
        let (size, synchronous) = try await file.withWriter { db in
            (PrivateFolder.size(of: log), try Int.fetchOne(db, sql: "PRAGMA synchronous"))
        }
        #expect(size == 0 && synchronous == 2)
        #expect(try await store.session(id, of: user7, messages: 1) != nil)
        await store.close()
    }

    @Test func aFileThatIsGoneIsNotMadeAnew() async throws {
        let (store, _, _, _) = try await storeWithOneSession()
        let path = "\(folder.path)/shard-0.sqlite"
        try FileManager.default.moveItem(atPath: path, toPath: path + "-aside")
        await #expect(throws: DurableError.self) {
            try await store.file(of: shard0).write { _ in
                throw DatabaseError(resultCode: .SQLITE_IOERR, message: "injected")
            }
        }
        for _ in 0..<2 {
            await #expect(throws: DurableError.transient("\(path) is gone")) { try await store.cursor(of: shard0) }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        try FileManager.default.moveItem(atPath: path + "-aside", toPath: path)
        #expect(try await store.cursor(of: shard0) > .zero)
        await store.close()
    }

    @Test func aDamagedFileIsReadButNoLongerWritten() async throws {
        let (store, id, _, cursor) = try await storeWithOneSession()
        let corrupt = DurableError.corrupt("SQLite 11: injected")
        await #expect(throws: corrupt) {
            try await store.file(of: shard0).read { _, _ in
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "injected")
            }
        }
        await #expect(throws: corrupt) { try await store.apply([], after: cursor, in: shard0) }
        await #expect(throws: corrupt) { try await store.checkpoint(shard0) }
        #expect(try await store.session(id, of: user7, messages: 1) != nil)
        await store.close()
    }

    @Test func aFileThatAnotherProcessHoldsIsATransientError() async throws {
        var (store, id, journal, cursor) = try await storeWithOneSession()
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        process.arguments = ["\(folder.path)/shard-0.sqlite"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data("BEGIN IMMEDIATE;\n.print locked\n".utf8))
        #expect(output.fileHandleForReading.availableData == Data("locked\n".utf8))

        journal.append(id, version: 2, first: 1)
        let entries = journal.take()
        await #expect {
            try await store.apply(entries, after: cursor, in: shard0)
        } throws: { error in
            guard case .transient(let text)? = error as? DurableError else { return false }
            return text.hasPrefix("SQLite 5:")
        }
        #expect(try await store.session(id, of: user7, messages: 1)?.session.version == 1)
        input.fileHandleForWriting.write(Data("ROLLBACK;\n.exit\n".utf8))
        process.waitUntilExit()
        #expect(try await store.apply(entries, after: cursor, in: shard0).deadLetters == 0)
        await store.close()
    }

    @Test func aReadIsStoppedAfterASecond() async throws {
        let (store, id, _, _) = try await storeWithOneSession()
        let began = ContinuousClock.now
        await #expect {
            try await store.file(of: shard0).read { db, _ in
                let endless = try SQLStatement(
                    db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
                _ = try endless.step()
            }
        } throws: { error in
            guard case .transient(let text)? = error as? DurableError else { return false }
            return text.hasPrefix("SQLite 9:")
        }
        let lasted = ContinuousClock.now - began
        #expect(lasted >= .seconds(1) && lasted < .seconds(3))
        #expect(try await store.session(id, of: user7, messages: 1) != nil)
        await store.close()
    }

    @Test func manySmallStatementsTogetherAreStoppedToo() async throws {
        var limits = DurableLimits()
        limits.readMilliseconds = 0
        let store = try await openStore(in: folder, limits: limits)
        var journal = Journal()
        journal.create(journal.newSession())
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        await #expect(throws: DurableError.transient("SQLite 9: the read lasted over 0 ms")) {
            try await store.heads(of: [SessionID](repeating: journal.newSession(), count: 2), in: shard0)
        }
        await store.close()
    }
}
