import FoundationEssentials
import SessionTesting

#if canImport(Glibc)
    import Glibc
#endif

extension RedisServer {
    /// The newest file of the append-only log: what is written goes to its end.
    func appendOnlyFile() throws -> String {
        let folder = "\(dataFolder)/appendonlydir"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".incr.aof") }
        guard let newest = names.max() else { throw TestingError("no append-only file in \(folder)") }
        return "\(folder)/\(newest)"
    }

    func appendOnlyBytes() throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: try appendOnlyFile())
        return (attributes[.size] as? Int) ?? Int((attributes[.size] as? UInt64) ?? 0)
    }

    /// SIGKILL, and a start without what was written behind the first `bytes` of the append-only file: as after a power cut.
    func restart(cutAt bytes: Int) async throws {
        kill()
        guard truncate(try appendOnlyFile(), bytes) == 0 else { throw TestingError("the file can't be cut") }
        try await start()
    }

    /// SIGKILL, and a start without anything.
    func restartEmpty() async throws {
        kill()
        for name in try FileManager.default.contentsOfDirectory(atPath: dataFolder) {
            try FileManager.default.removeItem(atPath: "\(dataFolder)/\(name)")
        }
        try await start()
    }
}

extension Stack {
    /// Waits until a write of `user` to `session` is taken.
    func takesWrites(_ session: String, of user: String, within limit: Duration = .seconds(15)) async throws {
        try await eventually("writes are taken", within: limit) {
            try await self.request("POST", "/api/sessions/\(session)/activity", as: user).status == 200
        }
    }

    func expect(_ status: Int, _ method: String, _ path: String, as user: String, json: String? = nil) async throws
        -> HTTPAnswer
    {
        let answer = try await request(method, path, as: user, json: json)
        guard answer.status == status else {
            throw TestingError("\(method) \(path): \(answer.status) instead of \(status): \(answer.text)")
        }
        return answer
    }

    /// As `/metrics` has it, over all labels.
    func metric(_ name: String) async throws -> Double {
        try await request("GET", "/metrics").text.split(separator: "\n")
            .filter { $0.hasPrefix(name + " ") || $0.hasPrefix(name + "{") }
            .reduce(0) { $0 + (Double($1.split(separator: " ").last ?? "") ?? 0) }
    }
}
