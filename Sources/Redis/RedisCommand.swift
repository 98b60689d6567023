public import NIOCore

/// A command being built: its name and arguments, encoded as they are appended (RESP2: an array of bulk strings).
///
///     var command = RedisCommand("HSET")
///     command.append(key)
///     command.append("version")
///     command.append(42)
public struct RedisCommand: Sendable {
    /// The encoded bulk strings, without the array's header, which is written when their number is final.
    private(set) var arguments: [UInt8] = []
    private(set) var count: Int
    let script: RedisScript?

    /// - Parameter capacity: bytes to begin with. A good guess saves copying the command as it grows.
    public init(_ name: StaticString, capacity: Int = 256) {
        self.arguments.reserveCapacity(capacity)
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
    public init(_ script: RedisScript, keyCount: Int, capacity: Int = 1024) {
        self.arguments.reserveCapacity(capacity)
        self.arguments += script.byName
        self.count = 2
        self.script = script
        append(keyCount)
    }

    /// All of them, back to back.
    init(concatenating commands: [RedisCommand]) {
        self.arguments.reserveCapacity(commands.reduce(0) { $0 + $1.encodedSize })
        self.count = 0
        self.script = nil
        for command in commands {
            if command.count > 0 { self.header(UInt8(ascii: "*"), command.count) }
            self.arguments += command.arguments
        }
    }

    private init(arguments: [UInt8], count: Int) {
        self.arguments = arguments
        self.count = count
        self.script = nil
    }

    /// The same with the script's source in place of its name.
    var bySource: RedisCommand? {
        guard let script else { return nil }
        return RedisCommand(arguments: script.bySource + arguments[script.byName.count...], count: count)
    }

    /// Bytes that ``write(to:)`` writes, or a few more.
    var encodedSize: Int { arguments.count + Decimal.header }

    func write(to buffer: inout ByteBuffer) {
        if count > 0 {
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Decimal.header) {
                Decimal.writeHeader(UInt8(ascii: "*"), count, to: $0)
            }
        }
        buffer.writeBytes(arguments)
    }
}

extension RedisCommand {
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        append(length: bytes.count) { UnsafeMutableRawBufferPointer($0).copyMemory(from: bytes) }
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

    /// Two texts and `count` bytes that `write` writes behind them, as one argument.
    public mutating func append(
        _ first: String, _ second: StaticString, count: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Void
    ) {
        var first = first
        first.withUTF8 { first in
            second.withUTF8Buffer { second in
                append(length: first.count + second.count + count) { bytes in
                    var start = bytes.update(fromContentsOf: first)
                    start = bytes[start...].update(fromContentsOf: second)
                    write(UnsafeMutableBufferPointer(rebasing: bytes[start...]))
                }
            }
        }
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

    /// An argument that `write` writes, all of its bytes, behind what stands before it and before its end: one growth of
    /// the array for all of it.
    @inline(__always)
    private mutating func append(length: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        count += 1
        arguments.append(addingCapacity: Decimal.header + length + 2) { output in
            output.withUnsafeMutableBufferPointer { bytes, written in
                let start = Decimal.writeHeader(UInt8(ascii: "$"), length, to: UnsafeMutableRawBufferPointer(bytes))
                let end = start + length
                write(UnsafeMutableBufferPointer(rebasing: bytes[start..<end]))
                bytes[end] = UInt8(ascii: "\r")
                bytes[end + 1] = UInt8(ascii: "\n")
                written = end + 2
            }
        }
    }

    private mutating func header(_ sign: UInt8, _ number: Int) {
        withUnsafeTemporaryAllocation(byteCount: Decimal.header, alignment: 1) { bytes in
            let length = Decimal.writeHeader(sign, number, to: bytes)
            arguments.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        }
    }
}
