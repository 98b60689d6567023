import ArgumentParser
import SessionModel

struct ShardOption: ParsableArguments {
    @Option(help: ArgumentHelp("The shard, where there are several.", valueName: "number"))
    var shard: UInt16?

    /// The one that is meant; nil: all.
    func chosen(_ installation: Installation) throws -> Shard? {
        guard let shard else { return nil }
        guard installation.shards.contains(Shard(number: shard)) else {
            throw Failure("there is no shard \(shard): there are \(installation.shards.value), from 0 on")
        }
        return Shard(number: shard)
    }

    func one(_ installation: Installation) throws -> Shard {
        if let shard = try chosen(installation) { return shard }
        guard installation.shards.value == 1 else { throw Failure("each shard numbers its own: say --shard") }
        return Shard(number: 0)
    }
}
