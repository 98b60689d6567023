import NIOCore
import Testing

@testable import Redis

@Suite struct RedisCommandTests {
    private func encoded(_ command: RedisCommand) -> String {
        var buffer = ByteBuffer()
        command.write(to: &buffer)
        #expect(buffer.readableBytes <= command.encodedSize)
        return String(buffer: buffer)
    }

    @Test func everyKindOfArgumentIsABulkString() {
        var command = RedisCommand("SET")
        command.append("ключ")
        command.append("s" as StaticString)
        command.append(-12)
        command.append(7)
        command.append(ByteBuffer(string: "a\r\nb"))
        command.append([0, 255] as [UInt8])
        command.append("")
        let text = encoded(command)
        #expect(
            text.hasPrefix("*8\r\n$3\r\nSET\r\n$8\r\nключ\r\n$1\r\ns\r\n$3\r\n-12\r\n$1\r\n7\r\n$4\r\na\r\nb\r\n$2\r\n")
        )
        #expect(text.hasSuffix("\r\n$0\r\n\r\n"))
    }

    @Test(arguments: [1, 9, 10, 99, 100, 1_000, 70_000])
    func lengthsAndCountsOfAnyNumberOfDigitsAreRight(count: Int) {
        let value = String(repeating: "v", count: count)
        #expect(encoded(RedisCommand("GET", value)) == "*2\r\n$3\r\nGET\r\n$\(count)\r\n\(value)\r\n")
        var many = RedisCommand("DEL")
        for _ in 1...count { many.append("k") }
        #expect(encoded(many).hasPrefix("*\(count + 1)\r\n$3\r\nDEL\r\n$1\r\nk\r\n"))
    }

    @Test func aStaticStringOfOneScalarIsEncodedToo() {
        var command = RedisCommand("SET")
        command.append(StaticString(unicodeScalarLiteral: "é"))
        #expect(encoded(command) == "*2\r\n$3\r\nSET\r\n$2\r\né\r\n")
    }

    @Test func aScriptCommandNamesTheScriptAndCanCarryItsSource() {
        let script = RedisScript("return 1")
        var command = RedisCommand(script, keyCount: 1)
        command.append("key")
        command.append(5)
        #expect(
            encoded(command) == "*5\r\n$7\r\nEVALSHA\r\n$40\r\n\(script.sha1)\r\n$1\r\n1\r\n$3\r\nkey\r\n$1\r\n5\r\n")
        let bySource = command.bySource.map(encoded)
        #expect(bySource == "*5\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$3\r\nkey\r\n$1\r\n5\r\n")
        #expect(RedisCommand("GET", "key").bySource == nil)
    }
}
