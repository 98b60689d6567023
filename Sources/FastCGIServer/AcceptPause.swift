import NIOCore

/// When accepting fails, as it does when the process is out of descriptors, the kernel goes on reporting the waiting
/// connection. Accepting rests for a while, so that the loop does not spin.
final class AcceptPause: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private let pause: TimeAmount
    private var isPaused = false
    private var isReadWanted = false

    init(for pause: TimeAmount) {
        self.pause = pause
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        guard !self.isPaused else { return }
        self.isPaused = true
        context.eventLoop.assumeIsolated().scheduleTask(in: self.pause) {
            self.isPaused = false
            if self.isReadWanted {
                self.isReadWanted = false
                context.read()
            }
        }
    }

    func read(context: ChannelHandlerContext) {
        if self.isPaused { self.isReadWanted = true } else { context.read() }
    }
}
