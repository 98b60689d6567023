import FastCGI
import FastCGIServer
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

/// A responder made of a closure.
struct Respond: FastCGIResponder {
    let body: @Sendable (FastCGIRequest) async -> FastCGIResponse

    func respond(to request: FastCGIRequest) async -> FastCGIResponse { await self.body(request) }
}

func text(_ text: String, status: Int = 200) -> FastCGIResponse {
    FastCGIResponse(status: status, headers: ["Content-Type": "text/plain"], body: .buffer(ByteBuffer(string: text)))
}

/// Short time-outs, for tests that wait for them.
func quickLimits(_ change: (inout FastCGILimits) -> Void = { _ in }) -> FastCGILimits {
    var limits = FastCGILimits()
    change(&limits)
    return limits
}

/// A server on a private socket while `body` runs; drained afterwards.
func serving<R>(
    limits: FastCGILimits = FastCGILimits(),
    drainTimeout: TimeAmount = .seconds(5),
    _ respond: @escaping @Sendable (FastCGIRequest) async -> FastCGIResponse,
    _ body: (_ server: FastCGIServer, _ path: String) async throws -> R
) async throws -> R {
    try await withTemporaryFolder { folder in
        let path = folder + "/s"
        let server = FastCGIServer(
            address: .unixSocket(path: path),
            limits: limits,
            drainTimeout: drainTimeout,
            logger: Logger(label: "test") { _ in
                SwiftLogNoOpLogHandler()
            }
        ) { _ in Respond(body: respond) }
        return try await running(server) { _ in try await body(server, path) }
    }
}

/// Runs any server while `body` runs, which gets the address.
func running<R>(_ server: FastCGIServer, _ body: (SocketAddress?) async throws -> R) async throws -> R {
    let (ready, signal) = AsyncStream.makeStream(of: SocketAddress?.self)
    async let run: Void = server.run {
        signal.yield($0); signal.finish()
    }
    var address: SocketAddress?
    for await value in ready { address = value; break }
    do {
        let result = try await body(address)
        server.drain()
        try await run
        return result
    } catch {
        server.drain()
        try? await run
        throw error
    }
}

/// Lets those who wait go on once it is opened; who is cancelled goes on too.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting = 0
        var cancelled = 0
    }
    private let state = NIOLockedValueBox(State())

    func open() { self.state.withLockedValue { $0.isOpen = true } }
    var waiting: Int { self.state.withLockedValue { $0.waiting } }
    var cancelled: Int { self.state.withLockedValue { $0.cancelled } }

    /// `false`: the waiting was cancelled.
    @discardableResult
    func pass() async -> Bool {
        self.state.withLockedValue { $0.waiting += 1 }
        defer { self.state.withLockedValue { $0.waiting -= 1 } }
        while !self.state.withLockedValue({ $0.isOpen }) {
            do {
                try await Task.sleep(for: .milliseconds(1))
            } catch {
                self.state.withLockedValue { $0.cancelled += 1 }
                return false
            }
        }
        return true
    }
}

/// A number that several tasks count up.
final class Count: Sendable {
    private let box = NIOLockedValueBox(0)
    var value: Int { self.box.withLockedValue { $0 } }
    func add(_ amount: Int = 1) { self.box.withLockedValue { $0 += amount } }
}
