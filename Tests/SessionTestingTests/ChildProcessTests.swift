import Foundation
import SessionTesting
import Testing

@Suite struct ChildProcessTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    func shell(_ script: String, environment: [String: String] = [:]) async throws -> ChildProcess {
        try await ChildProcess.start(
            ["/bin/sh", "-c", script], environment: environment, folder: folder.path, logFile: folder.file("log"))
    }

    func isGone(_ pid: pid_t) -> Bool {
        kill(pid, 0) == -1 && errno == ESRCH
    }

    @Test func itsExitCodeAndItsOutputAreKept() async throws {
        let child = try await shell("echo $WORD; pwd; exit 3", environment: ["WORD": "hello"])
        #expect(try await child.wait() == .exited(code: 3))
        #expect(child.logTail() == "hello\n\(folder.path)\n")
    }

    @Test func aKilledOneIsGone() async throws {
        let child = try await shell("exec sleep 1000")
        #expect(child.isRunning)
        child.kill()
        #expect(child.ending == .killed(signal: SIGKILL))
        #expect(isGone(child.pid))
    }

    @Test func aDroppedOneIsGoneWithWhatItStarted() async throws {
        var child: ChildProcess? = try await shell("sleep 1000 & echo $!; wait")
        try await eventually("it started another") { child?.logTail().contains("\n") == true }
        let other = try #require(child.flatMap { pid_t($0.logTail().dropLast()) })
        let pid = try #require(child?.pid)
        #expect(!isGone(other))
        child = nil
        #expect(isGone(pid))
        try await eventually("the other is gone") {
            // A zombie until whoever adopted it looks.
            let state = try? String(contentsOfFile: "/proc/\(other)/stat", encoding: .utf8)
            return isGone(other) || state?.contains(") Z ") == true
        }
    }

    @Test func terminatingOneThatWillNotEndKillsIt() async throws {
        let child = try await shell("trap '' TERM; echo ready; while :; do sleep 0.01; done")
        try await eventually("it ignores SIGTERM") { child.logTail().contains("ready") }
        await #expect(throws: NeverHappened.self) { try await child.terminate(within: .milliseconds(50)) }
        #expect(isGone(child.pid))
    }

    @Test func itDiesWithTheProcessThatStartedIt() async throws {
        // The same command that ChildProcess uses, under a parent that a test may kill.
        let parent = try await shell(
            "setpriv --pdeathsig KILL sh -c 'echo $$; exec sleep 1000' & wait")
        try await eventually("it started another") { parent.logTail().contains("\n") }
        let other = try #require(pid_t(parent.logTail().dropLast()))
        kill(parent.pid, SIGKILL)
        try await eventually("the other is gone") {
            let state = try? String(contentsOfFile: "/proc/\(other)/stat", encoding: .utf8)
            return isGone(other) || state?.contains(") Z ") == true
        }
    }

    @Test func aMissingProgramIsAnErrorThatNamesIt() async throws {
        let child = try await ChildProcess.start(["/no/such"], folder: folder.path, logFile: folder.file("log"))
        #expect(try await child.wait() == .exited(code: 127))
        #expect(child.logTail().contains("/no/such"))
    }

    @Test func theFolderGoesWithItsLastReference() throws {
        var folder: TemporaryFolder? = try TemporaryFolder()
        let path = try #require(folder?.path)
        try folder?.write("text", to: "file")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o700)
        folder = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
