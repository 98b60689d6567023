import FoundationEssentials
import SessionTesting
import Testing

/// `sessionctl backup` and `restore`.
@Suite struct BackupTests {
    @Test func aBackupIsWholePrivateAndItsOwnersAlone() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession(#"{"session_metadata":{"secret":"marker"}}"#)
        try await person.append(3, to: session)
        try await person.waitUntilDurable(person.send("PATCH", "/sessions/\(session)", #"{"name":"kept"}"#))
        let folder = try TemporaryFolder()
        let file = folder.file("backup.sqlite")
        let made = try await stack.sessionctl("backup", file, "--json").json()
        #expect(made["ok"] == .bool(true) && made["path"].string == file)
        #expect((made["sessions"].int ?? 0) >= 1 && made["shards"][0]["cursor"].string?.contains("-") == true)
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.posixPermissions] as? Int == 0o600 && attributes[.size] as? Int == made["bytes"].int)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["backup.sqlite"])
        let rows = try await Command.run([
            "/usr/bin/env", "sqlite3", "-readonly", file,
            "SELECT name, message_count FROM user_sessions WHERE id = '\(session)'",
        ])
        #expect(rows.text == "kept|3\n")
        #expect(!(try Data(contentsOf: URL(filePath: file))).map { $0 }.contains("marker"))
        #expect(try await stack.sessionctl("verify", file).code == 0)

        // Nothing is overwritten.
        let before = try Data(contentsOf: URL(filePath: file))
        let again = try await stack.sessionctl("backup", file)
        #expect(again.code == 1 && again.text.contains("is there already"))
        #expect(try Data(contentsOf: URL(filePath: file)) == before)
        // Into a folder that is there.
        let text = try await stack.sessionctl("backup", try folder.folder("daily"))
        #expect(text.code == 0 && text.text.contains("Verified.") && text.isHarmless, "\(text.text)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("daily")) == ["shard-0.sqlite"])
        for wrong in [folder.file("none/backup"), ""] {
            #expect(try await stack.sessionctl("backup", wrong).code == 1)
        }
    }

    @Test func ofSeveralShardsABackupIsAFolder() async throws {
        var options = Stack.Options()
        options.shards = 3
        try await withStack(options) { stack in
            var sessions: [(Person, String)] = []
            for _ in 0..<9 {
                let person = Person(stack)
                let session = try await person.newSession()
                try await person.append(2, to: session)
                sessions.append((person, session))
            }
            for (person, session) in sessions {
                try await person.waitUntilDurable(person.send("PATCH", "/sessions/\(session)", #"{"name":"x"}"#))
            }
            let backup = stack.folder.file("backup")
            let made = try await stack.sessionctl("backup", backup + "/", "--json").json()
            #expect(made["sessions"].int == 9 && made["shards"].elements.count == 3)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: backup).sorted()
                    == (0..<3).map { "shard-\($0).sqlite" })
            let attributes = try FileManager.default.attributesOfItem(atPath: backup)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            #expect(try await stack.sessionctl("verify", backup).code == 0)
            #expect(try await stack.sessionctl("backup", backup).code == 1)

            // What has changed since is undone, and the files are those of the backup.
            for (person, session) in sessions { try await person.append(1, to: session, first: 3) }
            try await stack.service.stop()
            try stack.redis.command("FLUSHALL")
            let restored = try await stack.sessionctl("restore", backup, "--json").json()
            #expect(restored["sessions"].int == 9 && restored["other_dataset"] == .bool(false))
            #expect(restored["kept"].elements.count >= 3)
            try await stack.service.start()
            for (person, session) in sessions { #expect(try await person.look(session)["message_count"].int == 2) }
        }
    }

    @Test func aRestoreBringsBackWhatWasBackedUpAndKeepsWhatWasThere() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession(#"{"name":"old","session_metadata":{"a":1}}"#)
            try await person.append(3, to: session)
            try await person.waitUntilDurable(person.post("/sessions/\(session)/complete"))
            let before = try await person.get("/sessions/\(session)?touch=false").json(200)
            let backup = stack.folder.file("backup.sqlite")
            #expect(try await stack.sessionctl("backup", backup).code == 0)
            _ = try await person.post("/sessions/\(session)/resume").json(200)
            try await person.append(2, to: session, first: 4)
            let late = try await person.newSession()
            try await stack.service.stop()
            try stack.redis.command("FLUSHALL")

            let restored = try await stack.sessionctl("restore", backup)
            #expect(restored.code == 0 && restored.isHarmless, "\(restored.text)")
            #expect(restored.text.contains("When sessiond starts"))
            #expect(try await stack.rows("SELECT message_count FROM user_sessions") == ["3"])
            let kept = try FileManager.default.contentsOfDirectory(atPath: stack.dataFolder)
                .filter { $0.contains(".before-restore-") }.sorted()
            #expect(kept.first?.hasPrefix("shard-0.sqlite.before-restore-2") == true)
            let old = try await Command.run([
                "/usr/bin/env", "sqlite3", "-readonly", "\(stack.dataFolder)/\(kept.first ?? "")",
                "SELECT message_count FROM user_sessions ORDER BY message_count DESC",
            ])
            #expect(old.text == "5\n0\n", "what was committed, the write-ahead log's part too")

            try await stack.service.start()
            #expect(try await person.get("/sessions/\(session)?touch=false").json(200) == before)
            #expect(try await person.get("/sessions/\(late)").status == 404)
            #expect(try await stack.sessionctl("verify").code == 0)
            // The service has the folder again.
            #expect(try await stack.sessionctl("restore", backup).code == 1)
        }
    }

    @Test func aRestoreOntoAnEmptyMachineNeedsNothingButTheBackup() async throws {
        let stack = try await Stacks.ordinary.value
        let folder = try TemporaryFolder()
        #expect(try await stack.sessionctl("backup", folder.file("backup")).code == 0)
        let set = ["data.folder": folder.file("new")]
        let restored = try await stack.sessionctl("restore", folder.file("backup"), set: set)
        #expect(restored.code == 0 && restored.text.contains("nothing to keep"), "\(restored.text)")
        #expect(try await stack.sessionctl("verify", set: set).code == 0)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.file("new")).sorted() == [
                "lock", "shard-0.sqlite",
            ])
    }

    @Test func aRestoreIsRefusedWhileAnybodyUsesTheFiles() async throws {
        try await withStack { stack in
            let person = Person(stack)
            try await person.waitUntilDurable(person.post("/sessions/"))
            let backup = stack.folder.file("backup.sqlite")
            #expect(try await stack.sessionctl("backup", backup).code == 0)
            let running = try await stack.sessionctl("restore", backup)
            #expect(running.code == 1 && running.text.contains("stop it first"), "\(running.text)")
            try await stack.service.stop()
            // Somebody who knows nothing of the folder's lock.
            let file = try #require(stack.databaseFiles().first)
            let shell = try await ChildProcess.start(
                [
                    "/usr/bin/env", "sqlite3", "-readonly", file, "SELECT count(*) FROM users",
                    ".shell echo open; sleep 60",
                ],
                folder: stack.folder.path, logFile: stack.folder.file("shell.log"))
            try await eventually("the shell") { shell.logTail().contains("open") }
            let open = try await stack.sessionctl("restore", backup)
            #expect(open.code == 1 && open.text.contains("is open in process"), "\(open.text)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: stack.dataFolder).allSatisfy {
                    !$0.contains("restor")
                })
            shell.kill()
            // Broken off between two files: nobody takes the folder for whole.
            try stack.folder.write("a restore is under way\n", to: "data/lock")
            await #expect(throws: TestingError.self) { try await stack.service.start() }
            #expect(stack.service.logTail().contains("was broken off"))
            #expect(try await stack.sessionctl("restore", backup).code == 0)
            try await stack.service.start()
        }
    }

    @Test func whatDoesNotVerifyIsNotRestoredAndNotCalledABackup() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            try await person.append(3, to: session)
            try await stack.service.stop()
            let good = stack.folder.file("good")
            #expect(try await stack.sessionctl("backup", good).code == 0)
            try await stack.change("DELETE FROM chat_message_documents WHERE sequence_order = 1")
            let bad = stack.folder.file("bad")
            let suspect = try await stack.sessionctl("backup", bad, "--json").json(1)
            #expect(suspect["ok"] == .bool(false) && suspect["path"].string == bad + ".suspect")
            #expect(!FileManager.default.fileExists(atPath: bad))
            let before = try contents(of: stack.dataFolder)
            let refused = try await stack.sessionctl("restore", bad + ".suspect")
            #expect(refused.code == 1 && refused.text.contains("nothing was changed"), "\(refused.text)")
            #expect(refused.text.contains(session))
            for wrong in [stack.folder.file("none"), stack.folder.file("token-secret")] {
                #expect(try await stack.sessionctl("restore", wrong).code == 1)
            }
            #expect(try contents(of: stack.dataFolder) == before)
            #expect(try await stack.sessionctl("restore", good).code == 0)
            #expect(try await stack.sessionctl("verify").code == 0)
        }
    }

    private func contents(of folder: String) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        // The index of a write-ahead log is whoever's read last.
        let pairs = try names.filter { !$0.hasSuffix("-shm") }.map { name in
            (name, try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}
