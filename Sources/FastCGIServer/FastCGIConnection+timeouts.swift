import FastCGI
import Logging
import NIOCore

/// What takes too long.
extension FastCGIConnection {
    func tick(_ now: NIODeadline) {
        let limits = self.loop.limits
        switch self.ending {
        case .no:
            break
        case .flushing(let since, let before):
            let unsent = self.unsentBytes
            if unsent < before {
                self.ending = .flushing(since: now, unsent: unsent)
            } else if now - since >= limits.unsentTimeout {
                self.cut("its last answer is not read")
            }
            return
        case .lingering(let since):
            if now - since >= limits.lingerTimeout { self.close() }
            return
        }
        if let since = self.congestedSince {
            guard self.unsentBytes > limits.unsentBytes else {
                self.congestedSince = nil
                return self.resumeReading()
            }
            if now - since >= limits.unsentTimeout { return self.cut("more unsent than allowed, for too long") }
            return
        }
        guard self.stalledBy == nil else { return }
        let silence = now - self.lastActivity
        if self.state.isReceiving {
            if silence >= limits.partialRequestTimeout { self.cut("silent in mid-request") }
        } else if self.isRefused {
            if silence >= limits.partialRequestTimeout { self.close() }
        } else if let idleTimeout = limits.idleTimeout, self.state.activeRequests == 0, silence >= idleTimeout {
            self.close()
        }
    }

    func cut(_ reason: String) {
        self.loop.logger.info("FastCGI connection cut", metadata: ["reason": "\(reason)"])
        self.close()
    }
}
