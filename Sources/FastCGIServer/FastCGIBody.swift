public import NIOCore

/// A request's body: a sequence of buffers, or all of it at once. To be read at most once, by one task.
///
/// Who does not read stops the source: after 64 KiB unread the connection is not read any further.
public struct FastCGIBody: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer
    public typealias Failure = FastCGIBodyError

    enum Storage: Sendable {
        /// It was all there when the request began, as most are.
        case whole(ByteBuffer)
        case failed(FastCGIBodyError)
        case arriving(FastCGIBodySource)
    }

    /// What the client claims, in bytes; `nil` if it did not say. What arrives is held to it.
    public let contentLength: Int?
    let storage: Storage

    init(contentLength: Int?, storage: Storage) {
        self.contentLength = contentLength
        self.storage = storage
    }

    /// A body that is there, for tests of responders.
    public init(_ bytes: ByteBuffer = ByteBuffer()) {
        self.init(contentLength: bytes.readableBytes, storage: .whole(bytes))
    }

    /// All of it, if it is not longer than `limit` bytes; a body that claims to be longer is not waited for. Suspends
    /// only if a part of it is still on its way.
    public func collect(upTo limit: Int) async throws(FastCGIBodyError) -> ByteBuffer {
        if let contentLength = self.contentLength, contentLength > limit { throw .tooLarge }
        switch self.storage {
        case .whole(let bytes):
            guard bytes.readableBytes <= limit else { throw .tooLarge }
            return bytes
        case .failed(let error):
            throw error
        case .arriving(let source):
            var all = ByteBuffer()
            while let bytes = try await source.next() {
                guard bytes.readableBytes <= limit - all.readableBytes else { throw .tooLarge }
                if all.readableBytes == 0 { all = bytes } else { all.writeImmutableBuffer(bytes) }
            }
            return all
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(storage: self.storage)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var storage: Storage

        public mutating func next() async throws(FastCGIBodyError) -> ByteBuffer? {
            try await self.next(isolation: nil)
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(FastCGIBodyError) -> ByteBuffer? {
            switch self.storage {
            case .whole(let bytes):
                self.storage = .whole(ByteBuffer())
                return bytes.readableBytes > 0 ? bytes : nil
            case .failed(let error):
                throw error
            case .arriving(let source):
                return try await source.next()
            }
        }
    }
}
