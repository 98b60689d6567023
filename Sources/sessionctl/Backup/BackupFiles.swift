import DurableTier
import SessionModel

#if canImport(Glibc)
    import Glibc
#endif

/// Where the files of a backup are: `shard-<n>.sqlite` in a folder, or, of one shard, any file.
struct BackupFiles {
    let path: String
    let shards: ShardCount

    /// The file of each shard in a backup that is there.
    func existing() throws -> [(shard: Shard, path: String)] {
        if Self.isFolder(path) { return inFolder(path) }
        guard access(path, F_OK) == 0 else { throw Failure("there is nothing at \(path)") }
        guard shards.value == 1 else {
            throw Failure(
                "\(path) is one file, and there are \(shards.value) shards: name the folder that has the files of all")
        }
        return [(Shard(number: 0), path)]
    }

    func inFolder(_ folder: String) -> [(shard: Shard, path: String)] {
        let configuration = DurableConfiguration(folder: folder, shards: shards)
        return shards.all.map { ($0, configuration.path(of: $0)) }
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
