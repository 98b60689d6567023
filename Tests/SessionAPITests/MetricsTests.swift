import CoreMetrics
import Testing

@testable import SessionAPI

@Suite struct MetricsTests {
    @Test func eachKindIsWrittenAsPrometheusReadsIt() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "a.total", dimensions: [("z", "1"), ("b", "q\"\\\n")], factory: registry)
        counter.increment(by: 2)
        Counter(label: "a.total", dimensions: [("b", "q\"\\\n"), ("z", "1")], factory: registry).increment()
        counter.increment(by: -5)
        Meter(label: "g", factory: registry).set(1.5)
        Recorder(label: "last", aggregate: false, factory: registry).record(7)
        let timer = Timer(label: "t", factory: registry)
        timer.recordNanoseconds(250_000)
        timer.recordNanoseconds(20_000_000_000)
        #expect(
            registry.text().split(separator: "\n").filter { !$0.contains("_bucket") }.map(String.init) == [
                "# TYPE a_total counter", #"a_total{b="q\"\\\n",z="1"} 3"#, "# TYPE g gauge", "g 1.5",
                "# TYPE last gauge",
                "last 7.0", "# TYPE t histogram", "t_sum 20.00025", "t_count 2",
            ])
        let buckets = registry.text().split(separator: "\n").filter { $0.contains("_bucket") }
        #expect(buckets.count == PrometheusHistogram.seconds.count + 1)
        #expect(buckets.first == #"t_bucket{le="0.0001"} 0"#)
        #expect(buckets.dropFirst().first == #"t_bucket{le="0.00025"} 1"#)
        #expect(buckets.suffix(2) == [#"t_bucket{le="10.0"} 1"#, #"t_bucket{le="+Inf"} 2"#])
    }

    @Test func anAggregatingRecorderIsAHistogram() {
        let registry = PrometheusRegistry()
        let recorder = Recorder(label: "n", dimensions: [("a", "b")], aggregate: true, factory: registry)
        for value in [0, 1, 2, 2_000_000] { recorder.record(value) }
        recorder.record(Double.nan)
        let text = registry.text()
        #expect(text.contains("n_bucket{a=\"b\",le=\"1.0\"} 2\n"))
        #expect(text.contains("n_bucket{a=\"b\",le=\"+Inf\"} 4\n"))
        #expect(text.contains("n_count{a=\"b\"} 4\n"))
    }

    @Test func seriesAreBounded() {
        let registry = PrometheusRegistry()
        for number in 0..<PrometheusRegistry.series + 50 {
            Counter(label: "c", dimensions: [("id", "\(number)")], factory: registry).increment()
        }
        #expect(registry.text().split(separator: "\n").count == PrometheusRegistry.series + 1)
    }

    @Test func manyThreadsLoseNoCount() async {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "c", factory: registry)
                    let meter = Meter(label: "g", factory: registry)
                    for _ in 0..<10_000 {
                        counter.increment()
                        meter.increment(by: 1)
                    }
                }
            }
        }
        #expect(registry.text().contains("c 80000\n"))
        #expect(registry.text().contains("g 80000.0\n"))
    }
}
