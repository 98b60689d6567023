public import CoreMetrics
import Synchronization

/// Keeps metrics and writes them as Prometheus reads them (text format 0.0.4): a backend for swift-metrics.
///
/// Making a metric takes a lock, recording takes none: every value is one atomic. Two metrics of one name and the same
/// labels are one. Counters and gauges are what they are called, timers and aggregating recorders are histograms, timers
/// in seconds.
public final class PrometheusRegistry: MetricsFactory, Sendable {
    /// Series, of all names together: beyond it somebody has put an id into a label. What is made then isn't shown.
    public static let series = 10_000

    private struct State {
        var families: [String: Family] = [:]
        var count = 0
    }

    private struct Family {
        var kind: Kind
        var series: [String: any PrometheusSeries] = [:]
    }

    private enum Kind: String {
        case counter, gauge, histogram
    }

    private let state = Mutex(State())

    public init() {}

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        make(.counter, label, dimensions) { PrometheusCounter() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        make(.gauge, label, dimensions) { PrometheusGauge() }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate {
            make(.histogram, label, dimensions) { PrometheusHistogram(bounds: PrometheusHistogram.amounts) }
        } else {
            make(.gauge, label, dimensions) { PrometheusGauge() }
        }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        make(.histogram, label, dimensions) { PrometheusHistogram(bounds: PrometheusHistogram.seconds) }
    }

    // A metric once shown stays: Prometheus takes a vanished series for a fault.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func make<Series: PrometheusSeries>(
        _ kind: Kind, _ name: String, _ dimensions: [(String, String)], _ new: () -> Series
    ) -> Series {
        let name = PrometheusText.name(name)
        let labels = PrometheusText.labels(dimensions)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind)
            if family.kind == kind, let known = family.series[labels] as? Series { return known }
            let series = new()
            guard family.kind == kind, family.series[labels] == nil, state.count < Self.series else { return series }
            family.series[labels] = series
            state.families[name] = family
            state.count += 1
            return series
        }
    }

    /// Everything, sorted by name and labels.
    public func text() -> String {
        let families = state.withLock { $0.families }
        var output = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            output += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name: name, labels: labels, to: &output)
            }
        }
        return output
    }
}

/// One name with one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    /// Appends its lines. `labels` is `a="b",c="d"`, perhaps empty.
    func write(name: String, labels: String, to output: inout String)
}
