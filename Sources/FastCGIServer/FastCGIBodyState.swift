import FastCGI
import NIOCore

/// Why a body cannot be had.
public enum FastCGIBodyError: Error, Sendable, Equatable {
    /// Longer than the reader allows: 413.
    case tooLarge
    /// STDIN is shorter or longer than CONTENT_LENGTH: 400, and nothing may be written on its account.
    case lengthMismatch
    /// The request was aborted, its connection lost, or its task cancelled: there is no one to answer.
    case aborted
    /// Two tasks read one body at once.
    case alreadyReading
}

/// A body on its way from the connection to the one who reads it, as a pure machine.
///
///     open(bytes) ──take──▶ open() ──park──▶ waiting ──receive──▶ open()
///         │                                     │
///         └────────── finish / fail ────────────┴──▶ ended(bytes) / failed
///
/// `Waiter` is what is resumed; the machine hands it back with its result, once.
struct FastCGIBodyState<Waiter> {
    typealias Outcome = Result<ByteBuffer?, FastCGIBodyError>

    private enum State {
        case open(ByteBuffer)
        case waiting(Waiter)
        case ended(ByteBuffer)
        case failed(FastCGIBodyError)
    }

    private var state: State

    init(_ buffered: ByteBuffer) {
        self.state = .open(buffered)
    }

    /// Bytes that wait to be taken.
    var bufferedBytes: Int {
        switch self.state {
        case .open(let bytes), .ended(let bytes): bytes.readableBytes
        case .waiting, .failed: 0
        }
    }

    /// Bytes arrived. Who waits gets them; otherwise they are kept.
    mutating func receive(_ bytes: ByteBuffer) -> (Waiter, Outcome)? {
        switch self.state {
        case .open(var buffered):
            if buffered.readableBytes == 0 {
                buffered = bytes
            } else {
                // The old value leaves first, so that the buffer grows in place.
                self.state = .failed(.aborted)
                buffered.writeImmutableBuffer(bytes)
            }
            self.state = .open(buffered)
            return nil
        case .waiting(let waiter):
            self.state = .open(ByteBuffer())
            return (waiter, .success(bytes))
        case .ended, .failed:
            return nil
        }
    }

    /// The body is whole, or is known not to become so; in that case what is buffered is dropped.
    mutating func finish(_ end: FastCGIBodyEnd) -> (Waiter, Outcome)? {
        switch end {
        case .lengthMismatch:
            return self.fail(.lengthMismatch)
        case .whole:
            switch self.state {
            case .open(let bytes):
                self.state = .ended(bytes)
                return nil
            case .waiting(let waiter):
                self.state = .ended(ByteBuffer())
                return (waiter, .success(nil))
            case .ended, .failed:
                return nil
            }
        }
    }

    mutating func fail(_ error: FastCGIBodyError) -> (Waiter, Outcome)? {
        switch self.state {
        case .open:
            self.state = .failed(error)
            return nil
        case .waiting(let waiter):
            self.state = .failed(error)
            return (waiter, .failure(error))
        case .ended, .failed:
            return nil
        }
    }

    /// What can be had without waiting; `nil`: wait.
    mutating func take() -> Outcome? {
        switch self.state {
        case .open(let bytes):
            guard bytes.readableBytes > 0 else { return nil }
            self.state = .open(ByteBuffer())
            return .success(bytes)
        case .ended(let bytes):
            self.state = .ended(ByteBuffer())
            return .success(bytes.readableBytes > 0 ? bytes : nil)
        case .waiting:
            return .failure(.alreadyReading)
        case .failed(let error):
            return .failure(error)
        }
    }

    /// Waits. A result means that there is no need to.
    mutating func park(_ waiter: Waiter) -> Outcome? {
        if let outcome = self.take() { return outcome }
        self.state = .waiting(waiter)
        return nil
    }
}
