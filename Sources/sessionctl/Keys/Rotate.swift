import ArgumentParser
import DurableTier
import HotTier
import SessionCore
import SessionModel
import SessionOptions
import SessionSettings
import Terminal

struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Changes the key that hides metadata, step by step, beside a running service.",
        discussion: """
            1. `rotate add` makes a key that opens and doesn't seal yet. Start every sessiond anew: each knows it then.
            2. `rotate activate` lets it seal. Start every sessiond anew, one after the other.
            3. `rotate reseal` puts all metadata under it, in batches. Broken off, it is run again.
            4. `rotate retire KEY` takes an older key out of the ring once nothing is sealed by it. Backups made before need it: it \
            is kept in a file beside the ring.

            The ring is keys.metadata-file. `rotate status` says how much each key has sealed.
            """,
        subcommands: [Status.self, Add.self, Activate.self, Reseal.self, Retire.self], defaultSubcommand: Status.self)

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "How much each key has sealed, as SQLite has it.")
        @OptionGroup var options: SettingsOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let installation = try await Installation(options)
            let ring = try installation.settings.metadataKeys()
            let counts = try ring.ids.map { ($0, try installation.envelopes(sealedBy: $0)) }
            if output.json {
                var writer = JSONObjectWriter(reserving: 128)
                writer.member("seals", ring.current)
                writer.member("keys") { output in
                    output.appendArray(counts) { one, output in
                        var item = JSONObjectWriter(reserving: 64)
                        item.member("id", one.0)
                        item.member("envelopes", one.1)
                        output += item.finish()
                    }
                }
                return OutputOptions.put(json: writer.finish())
            }
            var table = Table([.text("key"), .number("envelopes"), .text("")])
            for (id, count) in counts { table.row([id, Units.count(count), id == ring.current ? "seals" : ""]) }
            OutputOptions.put(table.text)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A new key, which opens and doesn't seal yet.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            var (path, ring, text) = try await KeyRingFile.read(options)
            var number = 1
            while ring.ids.contains("k\(number)") { number += 1 }
            text.add("k\(number)")
            try KeyRingFile.write(text, path)
            print(
                """
                k\(number) is in the ring, and \(ring.current) still seals. Copy the ring to wherever it is kept, start every \
                sessiond anew, then: sessionctl keys rotate activate k\(number)
                """)
        }
    }

    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets a key seal. Every sessiond must know it by now.")
        @Argument(help: "Its id.") var key: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            var (path, ring, text) = try await KeyRingFile.read(options, with: key)
            guard ring.current != key else { return print("\(key) seals already.") }
            text.activate(key)
            try KeyRingFile.write(text, path)
            print(
                "From the next start of each sessiond on, \(key) seals. Start them anew, then: sessionctl keys rotate reseal"
            )
        }
    }

    struct Reseal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts all metadata under the key that seals.",
            discussion: "Through Redis and the log: a sessiond that flushes must run.")
        @OptionGroup var options: SettingsOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let installation = try await Installation(options)
            let ring = try installation.settings.metadataKeys()
            let others = ring.ids.filter { $0 != ring.current }
            let total = try others.reduce(0) { try $0 + installation.envelopes(sealedBy: $1) }
            let progress = ProgressBar("resealing", total: total, unit: "sessions and missions")
            defer { progress.finish() }
            let count = try await installation.withHotTools { tools in
                let resealing = Resealing(
                    installation: installation, tools: tools, seal: MetadataSeal(ring), key: ring.current,
                    progress: progress)
                var count = 0
                for shard in installation.shards.all {
                    let reader = try installation.reader(of: shard)
                    defer { reader.close() }
                    count += try await resealing.run(shard, reader)
                }
                return count
            }
            progress.finish()
            let left = try others.reduce(0) { try $0 + installation.envelopes(sealedBy: $1) }
            if output.json {
                var writer = JSONObjectWriter(reserving: 64)
                writer.member("resealed", count)
                writer.member("left", left)
                OutputOptions.put(json: writer.finish())
            } else {
                print(
                    "\(Units.count(count)) sessions and missions are under \(ring.current) now; \(Units.count(left)) envelopes are under older keys."
                )
            }
            if left > 0 { throw ExitCode.failure }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a key that has sealed nothing any more out of the ring.")
        @Argument(help: "Its id.") var key: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let installation = try await Installation(options)
            var (path, ring, text) = try await KeyRingFile.read(options, with: key)
            guard ring.current != key else { throw Failure("\(key) is the key that seals") }
            let log = try await installation.withHotTools { tools in
                var log = 0
                for shard in installation.shards.all { log += try await tools.inspector.logLength(of: shard) }
                return log
            }
            guard log == 0 else {
                throw Failure(
                    "\(log) entries are on their way to SQLite, and may be under \(key): try again in a moment")
            }
            let count = try installation.envelopes(sealedBy: key)
            guard count == 0 else {
                throw Failure("\(Units.count(count)) envelopes are under \(key): `sessionctl keys rotate reseal` first")
            }
            guard let line = text.remove(key) else { return }
            let kept = "\(path).retired-\(key)"
            try SecretFile.makeIfMissing(kept) { line + "\n" }
            try KeyRingFile.write(text, path)
            print("\(key) is out of the ring. It is kept in \(kept): backups from before the resealing need it.")
        }
    }
}

/// The ring's file.
private enum KeyRingFile {
    /// - Parameter key: must be in it.
    static func read(
        _ options: SettingsOptions, with key: String? = nil
    ) async throws -> (path: String, ring: KeyRing, text: KeyRingText) {
        let settings = try await options.settings()
        let ring = try settings.metadataKeys()
        if let key, !ring.ids.contains(key) {
            throw Failure("the ring has no key \(key): \(ring.ids.joined(separator: ", "))")
        }
        return (settings.metadataKeysFile, ring, KeyRingText(try SecretFile.read(settings.metadataKeysFile)))
    }

    static func write(_ text: KeyRingText, _ path: String) throws {
        // What can't be read again is not written.
        do { _ = try KeyRing(text.text) } catch { throw Failure("\(path): \(error)") }
        try SecretFile.replace(path, with: text.text)
    }
}

extension Installation {
    func envelopes(sealedBy key: String) throws -> Int {
        var count = 0
        for shard in shards.all {
            let reader = try reader(of: shard)
            defer { reader.close() }
            count += try sqlite { () throws(DurableError) in try reader.envelopes(sealedBy: key) }
        }
        return count
    }
}
