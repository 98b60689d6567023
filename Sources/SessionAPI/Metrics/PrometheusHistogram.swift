import CoreMetrics
import Synchronization

/// How many of the recorded values were not above each bound.
final class PrometheusHistogram: TimerHandler, RecorderHandler, PrometheusSeries {
    /// From a tenth of a millisecond to the ten seconds after which nobody waits any more.
    static let seconds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// For entries and bytes.
    static let amounts: [Double] = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262_144, 1_048_576]

    private final class Bucket: Sendable {
        let count = Atomic<UInt64>(0)
    }

    private let bounds: [Double]
    /// Values up to each bound that are above the one before; the last is for those above all.
    private let buckets: [Bucket]
    private let sum = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Bucket() }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        var place = 0
        while place < bounds.count, value > bounds[place] { place += 1 }
        buckets[place].count.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    func write(name: String, labels: String, to output: inout String) {
        let separator = labels.isEmpty ? "" : ","
        var count: UInt64 = 0
        for (bucket, bound) in zip(buckets, bounds + [.infinity]) {
            count &+= bucket.count.load(ordering: .relaxed)
            let limit = "\(labels)\(separator)le=\"\(PrometheusText.number(bound))\""
            PrometheusText.line(name + "_bucket", limit, "\(count)", to: &output)
        }
        PrometheusText.line(name + "_sum", labels, PrometheusText.number(sum.value), to: &output)
        PrometheusText.line(name + "_count", labels, "\(count)", to: &output)
    }
}
