import DurableTier
import SessionCore
import SessionModel
import Terminal

/// What a backup came to.
struct BackupReport {
    /// Where it is by now.
    var path = ""
    var milliseconds: Int64 = 0
    private(set) var copies: [ShardCopy] = []
    private(set) var verification = Verification()

    mutating func copy(_ shard: Shard, of installation: Installation, to path: String) throws {
        let source = try installation.reader(of: shard)
        defer { source.close() }
        let bar = ProgressBar("shard \(shard.number)", total: nil, unit: "pages")
        defer { bar.finish() }
        do throws(DurableError) {
            copies.append(try ShardCopy.make(of: source, at: path) { bar.update($0, of: $1) })
            bar.finish()
            let reader = try ShardReader(path)
            defer { reader.close() }
            verification.take(reader, shard, of: installation.shards, .quick)
        } catch { throw Failure("the copy of shard \(shard.number): \(error.reason)") }
    }

    var text: String {
        var table = Table([
            .number("shard"), .number("size"), .number("sessions"), .text("cursor"), .text("of"), .text("dataset"),
        ])
        for copy in copies {
            table.row([
                "\(copy.identity.shard)", Units.bytes(copy.size), Units.count(copy.sessions), "\(copy.identity.cursor)",
                copy.identity.time, copy.identity.dataset,
            ])
        }
        let size = Units.bytes(copies.reduce(0) { $0 + $1.size })
        let end = "\(size) in \(Units.duration(milliseconds: milliseconds)): \(Printable.text(path))\n"
        return verification.isGood
            ? "\(table.text)\nVerified. \(end)"
            : "\(verification.text)\n\(table.text)\nThe copy did NOT pass verification, as its source doesn't. \(end)"
    }

    var json: [UInt8] {
        var writer = JSONObjectWriter()
        writer.member("ok", verification.isGood)
        writer.member("path", path)
        writer.member("bytes", copies.reduce(0) { $0 + $1.size })
        writer.member("sessions", copies.reduce(0) { $0 + $1.sessions })
        writer.member("milliseconds", milliseconds)
        writer.member("shards") { output in
            output.appendArray(self.copies) { copy, output in
                var writer = JSONObjectWriter()
                writer.member("shard", copy.identity.shard)
                writer.member("bytes", copy.size)
                writer.member("sessions", copy.sessions)
                writer.member("cursor", copy.identity.cursor.description)
                writer.member("dataset", copy.identity.dataset)
                output += writer.finish()
            }
        }
        if !verification.isGood { writer.member("verification", json: verification.json) }
        return writer.finish()
    }
}

extension ShardReader.Identity {
    /// When the last entry that was applied was written.
    var time: String {
        cursor == .zero ? "nothing" : Timestamp(milliseconds: Int64(clamping: cursor.milliseconds)).description
    }
}
