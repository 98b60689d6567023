import ArgumentParser
import DurableTier
import SessionCore
import SessionModel
import SessionOptions
import Terminal

#if canImport(Glibc)
    import Glibc
#endif

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads what `export` wrote, of one user or of all. sessiond must be stopped.",
        discussion: """
            A session or mission whose id is there already is left as it is. Each is written whole or not at all; where a line is \
            wrong it stops and says which, what came before is there, and a second run goes on. Metadata must be sealed by a key of \
            this ring, or revealed; it is sealed anew. The next start of sessiond loads what is active into Redis.
            """)

    @Argument(help: "The export; - for standard input.")
    var file: String

    @OptionGroup var options: SettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let installation = try await Installation(options)
        let seal = MetadataSeal(try installation.settings.metadataKeys())
        guard let stream = file == "-" ? fdopen(STDIN_FILENO, "r") : fopen(file, "re") else {
            throw Unfinished.error("\(file) can't be read")
        }
        defer { fclose(stream) }
        let writer = try sqlite { () throws(DurableError) in try ImportWriter(installation.durable) }
        var importing = Importing(writer, installation.shards)
        let progress = ProgressBar("importing", total: nil, unit: "lines")
        defer { progress.finish() }
        do {
            try await read(LineInput(stream), seal, &importing, progress)
        } catch {
            await writer.close()
            throw error
        }
        await writer.close()
        progress.finish()
        put(importing)
    }

    private func read(
        _ input: LineInput, _ seal: MetadataSeal, _ importing: inout Importing, _ progress: ProgressBar
    ) async throws {
        var input = input
        var number = 0
        while let line = try input.next() {
            number += 1
            do { try await importing.take(ImportLine(line, seal)) } catch let error as Failure {
                throw Failure("line \(number): \(error.description)")
            }
            progress.advance()
        }
        guard importing.hasEnded else {
            throw Failure("it ends behind line \(number), without its end: it was cut off")
        }
    }

    private func put(_ importing: Importing) {
        if output.json {
            var writer = JSONObjectWriter(reserving: 64)
            for (name, count) in importing.imported { writer.member(name, count) }
            writer.member("skipped", importing.skipped)
            return OutputOptions.put(json: writer.finish())
        }
        var table = Table([.text("imported"), .number("")])
        for (name, count) in importing.imported { table.row(["\(name)", Units.count(count)]) }
        let skipped =
            importing.skipped > 0 ? "\(Units.count(importing.skipped)) sessions and missions were there already.\n" : ""
        OutputOptions.put("\(table.text)\n\(skipped)Start sessiond: it loads what is active.\n")
    }
}

/// Lines of a file, without their ends.
struct LineInput {
    /// Bytes: a mission's largest content, every byte of it escaped, and a little more.
    static let longest = 128 << 20

    private let stream: UnsafeMutablePointer<FILE>

    init(_ stream: UnsafeMutablePointer<FILE>) { self.stream = stream }

    mutating func next() throws -> [UInt8]? {
        var buffer: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(buffer) }
        let count = getline(&buffer, &capacity, stream)
        guard count > 0, let buffer else {
            guard feof(stream) != 0 else { throw Unfinished.error("the export can't be read") }
            return nil
        }
        guard count <= Self.longest else { throw Failure("a line is longer than \(Self.longest) bytes") }
        var bytes = UnsafeRawBufferPointer(start: buffer, count: count)[...]
        if bytes.last == UInt8(ascii: "\n") { bytes = bytes.dropLast() }
        return Array(bytes)
    }
}
