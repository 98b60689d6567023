/// A Lua script and the name by which Redis knows it. Make each once and keep it: the hash is computed here.
///
/// It is sent as `EVALSHA`; where Redis does not have it (a first use, a restart, `SCRIPT FLUSH`) as `EVAL`, once,
/// which also makes Redis keep it.
public final class RedisScript: Sendable {
    public let source: String

    /// The source's SHA-1 in lower-case hexadecimal, as `SCRIPT LOAD` answers it.
    public let sha1: String

    /// `EVALSHA <sha1>` and `EVAL <source>`, encoded: two arguments of a command whose further ones are the same.
    let byName: [UInt8]
    let bySource: [UInt8]

    public init(_ source: String) {
        let sha1 = String(decoding: SHA1.hex(Array(source.utf8)), as: UTF8.self)
        self.source = source
        self.sha1 = sha1
        self.byName = RedisCommand("EVALSHA", sha1).arguments
        self.bySource = RedisCommand("EVAL", source).arguments
    }
}
