import FoundationEssentials
import SessionTesting
import Testing

/// Metadata can be read in no file and in no key.
@Suite struct SecrecyTests {
    @Test func metadataIsUnreadableInEveryFile() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let (secret, open) = ("marker-\(UUID().uuidString)", "open-\(UUID().uuidString)")
            let session = try await person.newSession(
                #"{"name":"\#(open)","session_metadata":{"\#(secret)":"\#(secret)"}}"#)
            let path = "/sessions/\(session)"
            _ = try await person.send("PUT", path, #"{"session_metadata":{"put":"\#(secret)"}}"#).json(200)
            _ = try await person.send("PATCH", path, #"{"session_metadata":{"\#(secret)":[]}}"#).json(200)
            _ = try await person.send(
                "PATCH", path,
                #"{"session_metadata":{"big":"\#(secret)"# + String(repeating: "x", count: 30_000) + #""}}"#
            ).json(200)
            let mission = try await person.post(
                "/missions/?session_id=\(session)", #"{"name":"n","mission_metadata":{"m":"\#(secret)"}}"#
            ).json(201)
            let planned = "/missions/\(try mission["id"].text())"
            let hop = try await person.post(
                planned + "/hops", #"{"name":"n","hop_metadata":{"h":"\#(secret)"}}"#
            ).json(201)["id"].text()
            let asset = try await person.post(
                planned + "/assets", #"{"name":"n","role":"input","asset_metadata":{"a":"\#(secret)"}}"#
            ).json(201)["id"].text()
            for (path, field) in [("hops/\(hop)", "hop_metadata"), ("assets/\(asset)", "asset_metadata")] {
                let put = #"{"\#(field)":{"put":"\#(secret)"}}"# + String(repeating: " ", count: 900_000)
                _ = try await person.send("PUT", "\(planned)/\(path)", put).json(200)
                #expect(try await person.get(planned).text.contains(#""\#(field)":{"put":"\#(secret)"}"#))
            }
            // Large enough for the web server to be tempted to write it down.
            _ = try await person.send(
                "PUT", path, #"{"session_metadata":{"put":"\#(secret)"}}"# + String(repeating: " ", count: 900_000)
            ).json(200)
            try await person.waitUntilDurable(person.post("\(path)/complete"))
            #expect(try await person.get(path).text.contains(secret))

            // The search finds what is there to be found.
            try await eventually("the name in the append-only file and in SQLite") {
                let found = try files(holding: open, in: stack.folder.path)
                return found.contains { $0.contains("appendonly") } && found.contains { $0.contains(".sqlite") }
            }
            #expect(try files(holding: secret, in: stack.folder.path) == [])
            for (key, field) in [("session", session), ("mission", try mission["id"].text())] {
                let values = try stack.redis.command("HVALS", stack.key(key, field)).array ?? []
                for case .bulk(let bytes) in values { #expect(!bytes.contains(secret)) }
                #expect(!values.isEmpty)
            }
            try stack.redis.command("BGREWRITEAOF")
            try await eventually("the rewritten append-only file") {
                try stack.redis.command("INFO", "persistence").string?.contains("aof_rewrite_in_progress:0") == true
            }
            #expect(try files(holding: secret, in: stack.folder.path) == [])
        }
    }

    @Test func theSameMetadataIsSealedDifferentlyEachTime() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        var seals: Set<RESPText> = []
        for _ in 0..<3 {
            let session = try await person.newSession(#"{"session_metadata":{"a":1}}"#)
            for _ in 0..<3 {
                let sealed = try stack.redis.command("HGET", stack.key("session", session), "metadata")
                seals.insert(RESPText(bytes: try #require(bytes(of: sealed))))
                _ = try await person.send("PUT", "/sessions/\(session)", #"{"session_metadata":{"a":1}}"#).json(200)
            }
        }
        #expect(seals.count == 9)
    }

    private struct RESPText: Hashable { var bytes: [UInt8] }

    private func bytes(of value: RESPValue) -> [UInt8]? {
        if case .bulk(let bytes) = value { return bytes }
        return nil
    }

    /// Readable by nobody else.
    @Test func theFilesAreTheServicesOwn() async throws {
        let stack = try await Stacks.ordinary.value
        _ = try await Person(stack).newSession()
        #expect(try mode(stack.dataFolder) == 0o700)
        for file in try FileManager.default.contentsOfDirectory(atPath: stack.dataFolder) {
            #expect(try mode("\(stack.dataFolder)/\(file)") == 0o600, "\(file)")
        }
        #expect(try mode(stack.folder.file("metadata-keys")) == 0o600)
        #expect(try mode(stack.service.socket) == 0o660)
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return ((attributes[.posixPermissions] as? Int) ?? 0) & 0o777
    }

    private func files(holding text: String, in folder: String) throws -> [String] {
        var found: [String] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            let path = "\(folder)/\(name)"
            let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            guard type == .typeRegular, let data = FileManager.default.contents(atPath: path) else { continue }
            if Array(data).contains(text) { found.append(name) }
        }
        return found
    }
}

extension [UInt8] {
    /// Whether the bytes of `text` are among these.
    func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, count >= wanted.count else { return false }
        return withUnsafeBufferPointer { bytes in
            for start in 0...(bytes.count - wanted.count)
            where bytes[start] == first && bytes[start..<start + wanted.count].elementsEqual(wanted) { return true }
            return false
        }
    }
}
