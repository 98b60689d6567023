/// Takes a step again whose outcome is unknown, until it is known. Only for steps that an idempotency key makes safe.
///
/// Once a step's outcome is unknown it stays so through every failure to reach the hot tier: only an answer settles it.
struct Repetition {
    /// How long a request is kept waiting for an outcome: below what web servers wait for an answer.
    static let patience: Duration = .seconds(5)
    /// Between two tries: longer than a connection takes to come back.
    static let pause: Duration = .milliseconds(50)

    private let isAllowed: Bool
    private let deadline = ContinuousClock.now + Self.patience

    init(isAllowed: Bool) { self.isAllowed = isAllowed }

    func take<Value>(
        _ step: () async throws(HotError) -> HotReply<Value>
    ) async throws(HotError) -> HotReply<Value> {
        var unknown: HotError?
        while true {
            do {
                return try await step()
            } catch {
                switch error {
                case .outcomeUnknown: unknown = error
                case .unavailable, .unreconciled: break
                case .broken: throw error
                }
                guard let settled = unknown else { throw error }
                guard isAllowed, ContinuousClock.now < deadline, !Task.isCancelled else { throw settled }
            }
            try? await Task.sleep(for: Self.pause)
        }
    }
}
