import DurableTier
import SessionCore
import SessionModel
import Terminal

/// Shards' files that were asked everything, and what was found.
struct Verification {
    struct File {
        var shard: Shard
        var path: String
        var results: [CheckResult]
        var isGood: Bool { results.allSatisfy { $0.outcome != .failed } }
    }

    private(set) var files: [File] = []
    var isGood: Bool { files.allSatisfy(\.isGood) }

    mutating func take(
        _ reader: ShardReader, _ shard: Shard, of shards: ShardCount, _ integrity: ShardReader.Integrity
    ) {
        let bar = ProgressBar("shard \(shard.number)", total: nil, unit: "checks", estimates: false)
        defer { bar.finish() }
        let results = reader.verify(shard, of: shards, integrity) { name, number, count in
            bar.update(number, of: count, "shard \(shard.number): \(name)")
        }
        files.append(File(shard: shard, path: reader.path, results: results))
    }

    /// A file that can't even be opened has failed.
    mutating func take(_ path: String, _ shard: Shard, unreadable error: DurableError) {
        files.append(File(shard: shard, path: path, results: [.unreadable(error.reason)]))
    }

    var text: String {
        var text = ""
        for file in files {
            text += Printable.text("Shard \(file.shard.number), \(file.path)") + "\n\n"
            var table = Table([.text("check"), .text("result"), .number("looked at"), .text("")])
            for result in file.results {
                let outcome =
                    switch result.outcome {
                    case .passed: "ok"
                    case .noted: "note"
                    case .failed: "FAILED (\(Units.count(result.findings)))"
                    }
                table.row([
                    result.name, outcome, result.unit.isEmpty ? "" : Units.count(result.looked), result.unit,
                ])
            }
            text += table.text + "\n"
            for result in file.results { text += Self.details(result) }
        }
        return text + summary + "\n"
    }

    private static func details(_ result: CheckResult) -> String {
        guard !result.details.isEmpty else { return "" }
        let more = result.findings - result.details.count
        return "\(result.name):\n" + result.details.map { "  \(Printable.text($0))\n" }.joined()
            + (more > 0 ? "  and \(Units.count(more)) more\n" : "") + "\n"
    }

    private var summary: String {
        let failed = files.flatMap(\.results).count { $0.outcome == .failed }
        guard failed > 0 else { return "Everything is as it must be." }
        return "\(failed) \(failed == 1 ? "check" : "checks") failed. "
            + "A damaged page: restore a backup (`sessionctl restore`). Rows that don't fit: keep a copy of the file, and report it."
    }

    var json: [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("ok", isGood)
        writer.member("files") { $0.appendArray(self.files) { $1 += Self.json($0) } }
        return writer.finish()
    }

    private static func json(_ file: File) -> [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("shard", file.shard.number)
        writer.member("path", file.path)
        writer.member("ok", file.isGood)
        writer.member("checks") { output in
            output.appendArray(file.results) { result, output in
                var writer = JSONObjectWriter()
                writer.member("check", result.name)
                writer.member("outcome", result.outcome.rawValue)
                writer.member("looked_at", result.looked)
                writer.member("unit", result.unit)
                writer.member("findings", result.findings)
                writer.member("details", texts: result.details)
                output += writer.finish()
            }
        }
        return writer.finish()
    }
}
