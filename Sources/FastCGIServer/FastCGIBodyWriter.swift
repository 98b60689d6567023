public import NIOCore

/// Why a streamed answer cannot go on: there is no one to read it. The task is cancelled as well.
public enum FastCGIWriteError: Error, Sendable, Equatable {
    /// The request was aborted, its connection lost or cut, or its task cancelled.
    case aborted
}

/// Writes a streamed answer.
public struct FastCGIBodyWriter: Sendable {
    let exchange: FastCGIExchange

    /// Sends `bytes` at the end of this turn of the loop, in records of at most 65,528 bytes. Suspends while the
    /// connection has more than 128 KiB unsent, so a slow reader slows its own source and no other connection's.
    public func write(_ bytes: ByteBuffer) async throws(FastCGIWriteError) {
        try await self.exchange.write(bytes)
    }

    /// The same, of text.
    public func write(_ text: String) async throws(FastCGIWriteError) {
        try await self.exchange.write(ByteBuffer(string: text))
    }
}
