public import NIOCore

/// A command being built: its name and arguments, encoded as they are appended (RESP2: an array of bulk strings).
///
///     var command = RedisCommand("HSET")
///     command.append(key)
///     command.append("version")
///     command.append(42)
public struct RedisCommand: Sendable {
    /// The encoded bulk strings, without the array's header, which is written when their number is final.
    private(set) var arguments: ByteBuffer
    private(set) var count: Int
    let script: RedisScript?

    /// - Parameter capacity: bytes to begin with. A good guess saves copying the command as it grows.
    public init(_ name: StaticString, capacity: Int = 256) {
        self.arguments = ByteBufferAllocator().buffer(capacity: capacity)
        self.count = 0
        self.script = nil
        append(name)
    }

    /// For short commands; `RedisCommand("GET", key)`.
    public init(_ name: StaticString, _ arguments: String...) {
        self.init(name)
        for argument in arguments { append(argument) }
    }

    /// `EVALSHA <script> <keyCount>`: append that many keys and then the arguments. Sent alone, it is repeated
    /// as `EVAL` where Redis does not have the script.
    public init(_ script: RedisScript, keyCount: Int, capacity: Int = 512) {
        self.arguments = ByteBufferAllocator().buffer(capacity: capacity)
        self.arguments.writeImmutableBuffer(script.byName)
        self.count = 2
        self.script = script
        append(keyCount)
    }

    /// All of them, back to back.
    init(concatenating commands: [RedisCommand]) {
        self.arguments = ByteBufferAllocator().buffer(capacity: commands.reduce(0) { $0 + $1.encodedSize })
        self.count = 0
        self.script = nil
        for command in commands { command.write(to: &arguments) }
    }

    private init(arguments: ByteBuffer, count: Int) {
        self.arguments = arguments
        self.count = count
        self.script = nil
    }

    /// The same with the script's source in place of its name.
    var bySource: RedisCommand? {
        guard let script else { return nil }
        var encoded = script.bySource
        var rest = arguments
        rest.moveReaderIndex(forwardBy: script.byName.readableBytes)
        encoded.writeBuffer(&rest)
        return RedisCommand(arguments: encoded, count: count)
    }

    /// Bytes that ``write(to:)`` writes, or a few more.
    var encodedSize: Int { arguments.readableBytes + Decimal.header }

    func write(to buffer: inout ByteBuffer) {
        if count > 0 {
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Decimal.header) {
                Decimal.writeHeader(UInt8(ascii: "*"), count, to: $0)
            }
        }
        buffer.writeImmutableBuffer(arguments)
    }
}

extension RedisCommand {
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        count += 1
        arguments.writeWithUnsafeMutableBytes(minimumWritableBytes: Decimal.header + bytes.count + 2) { out in
            let start = Decimal.writeHeader(UInt8(ascii: "$"), bytes.count, to: out)
            let end = start + bytes.count
            UnsafeMutableRawBufferPointer(rebasing: out[start..<end]).copyMemory(from: bytes)
            out[end] = UInt8(ascii: "\r")
            out[end + 1] = UInt8(ascii: "\n")
            return end + 2
        }
    }

    public mutating func append(_ text: StaticString) {
        if text.hasPointerRepresentation {
            append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        } else {
            append(String(Character(text.unicodeScalar)))
        }
    }

    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// In decimal.
    public mutating func append(_ number: Int) {
        Decimal.withDigits(of: number) { append($0) }
    }

    public mutating func append(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { append($0) }
    }

    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }
}
