import Foundation
import SessionCore
import Testing

@testable import DurableTier

@Suite struct FolderLockTests {
    let folder = TemporaryFolder()

    @Test func servicesShareAFolderAndARestoreHasItAlone() throws {
        do {
            let first = try FolderLock.shared(folder.path)
            let second = try FolderLock.shared(folder.path)
            #expect(throws: DurableError.self) { try FolderLock.exclusive(folder.path) }
            withExtendedLifetime((first, second)) {}
        }
        do {
            let alone = try FolderLock.exclusive(folder.path)
            #expect(throws: DurableError.self) { try FolderLock.shared(folder.path) }
            #expect(throws: DurableError.self) { try FolderLock.exclusive(folder.path) }
            withExtendedLifetime(alone) {}
        }
        _ = try FolderLock.shared(folder.path)
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/lock")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func noServiceTakesAFolderWhoseRestoreWasBrokenOff() throws {
        try FolderLock.exclusive(folder.path).beginReplacing()
        #expect(
            throws: DurableError.failed(
                "a restore of the folder \(folder.path) was broken off: run `sessionctl restore` again")
        ) { try FolderLock.shared(folder.path) }
        try FolderLock.exclusive(folder.path).endReplacing()
        _ = try FolderLock.shared(folder.path)
    }

    @Test func aStoreSharesItsFolder() async throws {
        var stores: [SQLiteStore] = []
        for _ in 0..<2 { stores.append(try await openStore(in: folder)) }
        #expect(throws: DurableError.self) { try FolderLock.exclusive(folder.path) }
        for store in stores { await store.close() }
        stores = []
        let alone = try FolderLock.exclusive(folder.path)
        await #expect(throws: DurableError.self) { try await openStore(in: folder) }
        withExtendedLifetime(alone) {}
    }
}
