import ArgumentParser
import SessionModel
import Terminal

/// For people or for machines.
struct OutputOptions: ParsableArguments {
    @Flag(help: "JSON on standard output, one object, instead of text.")
    var json = false

    /// One JSON text, and the line's end.
    static func put(json bytes: [UInt8]) { print(String(decoding: Printable.json(bytes), as: UTF8.self)) }

    /// A text whose lines are ended.
    static func put(_ text: String) { print(text, terminator: "") }
}
