import Foundation
import NIOCore
import NIOEmbedded
import Testing

@testable import FastCGIServer

/// Accepting, when there is too much of it.
@Suite struct AcceptTests {
    /// Counts the reads that get through.
    private final class Reads: ChannelOutboundHandler {
        typealias OutboundIn = Never
        var count = 0
        func read(context: ChannelHandlerContext) {
            self.count += 1
            context.read()
        }
    }

    @Test func acceptingRestsAfterAnErrorAndGoesOn() throws {
        let reads = Reads()
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([reads, AcceptPause(for: .milliseconds(200))])
        channel.read()
        #expect(reads.count == 1)
        for _ in 0..<3 { channel.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept")) }
        channel.read()
        #expect(reads.count == 1)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(199))
        #expect(reads.count == 1)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(reads.count == 2)
        channel.read()
        #expect(reads.count == 3)
        #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
        _ = try? channel.finish()
    }

    @Test func asManyConnectionsWaitAsTheBacklogSays() async throws {
        try await withTemporaryFolder { folder in
            let listening = try UnixSocket.listen(path: folder + "/s", mode: 0o660, backlog: 2)
            defer { close(listening.descriptor) }
            var waiting: [Int32] = []
            defer { for descriptor in waiting { close(descriptor) } }
            for _ in 0..<10 {
                guard let descriptor = connected(folder + "/s") else { break }
                waiting.append(descriptor)
            }
            // Linux lets one more in.
            #expect(waiting.count == 3)
        }
    }
}

/// A connection made without waiting, or `nil`.
private func connected(_ path: String) -> Int32? {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let isConnected = withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
    }
    if isConnected { return descriptor }
    close(descriptor)
    return nil
}
