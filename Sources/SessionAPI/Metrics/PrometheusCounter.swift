import CoreMetrics
import Synchronization

/// A count that only goes up.
final class PrometheusCounter: CounterHandler, PrometheusSeries {
    private let value = Atomic<UInt64>(0)

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        value.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func write(name: String, labels: String, to output: inout String) {
        PrometheusText.line(name, labels, "\(value.load(ordering: .relaxed))", to: &output)
    }
}
