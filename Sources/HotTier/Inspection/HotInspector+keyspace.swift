import Redis
import SessionCore

extension HotInspector {
    /// One page of a walk over all keys of the server, whosever they are (`SCAN`). A key that is there from the beginning to
    /// the end is met at least once, and again where Redis changes its table's size meanwhile.
    public struct KeyPage: Sendable {
        /// Nil behind the last page.
        public var next: String?
        /// What is no UTF-8 is left out.
        public var keys: [String]
        /// Keys met, those left out included.
        public var count: Int
    }

    /// Keys of all that the server holds (`DBSIZE`).
    public func keyCount() async throws(HotError) -> Int {
        try await store.read([RedisCommand("DBSIZE")]).first?.integer ?? 0
    }

    /// - Parameters:
    ///   - cursor: nil for the first page.
    ///   - effort: places of Redis' table that it looks at for one page; it does nothing else meanwhile.
    public func keyPage(after cursor: String?, effort: Int) async throws(HotError) -> KeyPage {
        var command = RedisCommand("SCAN", cursor ?? "0", "COUNT")
        command.append(effort)
        guard let reply = try await store.read([command]).first, let next = reply[0]?.string, let keys = reply[1] else {
            throw store.unreadable
        }
        return KeyPage(next: next == "0" ? nil : next, keys: keys.elements.compactMap(\.string), count: keys.count)
    }

    /// Bytes that each key takes, value and overhead (`MEMORY USAGE`); nil for one that is gone.
    public func memory(of keys: [String]) async throws(HotError) -> [Int?] {
        try await store.read(keys.map { RedisCommand("MEMORY", "USAGE", $0) }).map(\.integer)
    }
}
