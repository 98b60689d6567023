import FoundationEssentials
import Glibc
import SessionTesting
import Synchronization

/// Stacks that several tests share, each person in them being one test's own. A stack starts when the first test asks for
/// it, and ends when the test process does; where that dies, the kernel ends the stack (see `ChildProcess`).
enum Stacks {
    /// Everything as it is shipped.
    static let ordinary = shared()
    static let sharded = shared { $0.shards = 16 }
    /// Who does nothing for three seconds is abandoned, at once.
    static let forgetful = shared {
        $0.settings = ["lifecycle.abandon-after": "3s", "lifecycle.sweep-interval": "50ms"]
    }
    /// The same, but nobody looks: only who meets a session whose time is up can notice.
    static let unwatched = shared {
        $0.settings = [
            "lifecycle.abandon-after": "700ms", "lifecycle.sweep-interval": "1h", "lifecycle.expired-events": "false",
        ]
    }

    private static let running: Mutex<[Stack]> = Mutex([])

    private static func shared(_ configure: (inout Stack.Options) -> Void = { _ in }) -> Task<Stack, any Error> {
        var options = Stack.Options()
        configure(&options)
        return Task { [options] in
            let stack = try await Stack.start(options)
            let isFirst = running.withLock { running in
                running.append(stack)
                return running.count == 1
            }
            if isFirst { atexit { Stacks.end() } }
            return stack
        }
    }

    private static func end() {
        for stack in running.withLock({ $0 }) {
            stack.kill()
            try? FileManager.default.removeItem(atPath: stack.folder.path)
        }
    }
}
