import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// How this process calls itself where processes compete: by host, process id, and what makes that id mean one process:
/// the running of the kernel and the space of process ids. So one that finds the name of a process that was killed can
/// tell that it is gone, and doesn't have to wait for it.
struct ProcessName: CustomStringConvertible {
    private let processID: Int32
    /// Where process ids mean the same.
    private let space: String

    static let current = ProcessName(processID: getpid(), space: currentSpace)

    /// `<host>:<process id>:<space>`.
    var description: String { "\(Service.hostName):\(processID):\(space)" }

    /// Whether the process of that name has certainly ended. False where it can't be known.
    static func isGone(_ name: String) -> Bool {
        let parts = name.split(separator: ":")
        guard parts.count >= 3, let processID = Int32(parts[parts.count - 2]), processID > 0,
            !currentSpace.isEmpty, parts[parts.count - 1] == currentSpace
        else { return false }
        return kill(processID, 0) != 0 && errno == ESRCH
    }

    /// The kernel's name of its own running, and of this process' space of ids; empty where it doesn't tell.
    private static let currentSpace: String = {
        let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
        var target = [CChar](repeating: 0, count: 64)
        let length = readlink("/proc/self/ns/pid", &target, target.count)
        guard boot.count > 8, length > 0 else { return "" }
        let space = target.prefix(length).map(UInt8.init(bitPattern:)).filter { (0x30...0x39).contains($0) }
        return boot.prefix(8) + "-" + String(decoding: space, as: UTF8.self)
    }()
}
