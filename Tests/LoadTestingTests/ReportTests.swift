import FoundationEssentials
import LoadTesting
import Testing

@Suite struct ReportTests {
    private func report(_ hostile: String = "") -> LoadReport {
        var workload = Workload(name: "mix\(hostile)")
        workload.description = hostile
        workload.operations = [.activity: 100]
        var recorder = Recorder()
        for microseconds in 1...10_000 as ClosedRange<UInt64> {
            recorder.record(Operation.activity.index, microseconds: microseconds)
        }
        if !hostile.isEmpty { recorder.record(Violation(.chat, hostile)) }
        let settings = LoadReport.Settings(
            target: "http://127.0.0.1:1\(hostile)", workload: workload, mode: "open", rate: 1000, connections: 8,
            multiplex: 1, seed: 1, warmUpSeconds: 0, durationSeconds: 10, startedAt: Date(timeIntervalSince1970: 0),
            processors: 2)
        var report = LoadReport(
            settings: settings, total: .init(operation: "all", perSecond: 1000, latency: recorder.total))
        report.operations = recorder.figures.map {
            .init(operation: $0.0.rawValue + hostile, perSecond: 1000, latency: $0.1)
        }
        report.firstViolations = recorder.shown
        report.violations = Dictionary(uniqueKeysWithValues: recorder.counts.map { ($0.key.rawValue, $0.value) })
        report.errors = recorder.errors
        report.processes = [
            .init(
                name: "sessiond\(hostile)", pids: [1], time: ProcessorTime(user: 100_000, system: 50_000),
                requests: 10_000, seconds: 10)
        ]
        report.timeline = (1...10).map { second in
            var moment = LoadReport.Moment(
                second: Double(second), perSecond: 1000, errors: 0, latency: recorder.total, outstanding: 1)
            moment.lagMilliseconds = 50
            return moment
        }
        return report
    }

    @Test func percentilesAreThoseOfTheRecording() {
        let latency = report().total.latency
        func near(_ value: Int, _ expected: Double) -> Bool { abs(Double(value) / expected - 1) < 0.002 }
        #expect(latency.count == 10_000)
        #expect(near(latency.p50, 5000))
        #expect(near(latency.p99, 9900))
        #expect(near(latency.p999, 9990))
        #expect(near(latency.max, 10_000))
        #expect(zip(latency.curve, latency.curve.dropFirst()).allSatisfy { $0.microseconds <= $1.microseconds })
        #expect((99.98...100).contains(latency.curve.last?.percentile ?? 0))
    }

    @Test func textsStayTextsOnThePage() {
        let hostile = #"</title><script>alert("1")</script>'&\#u{1b}[2J"#
        let page = report(hostile).page
        #expect(!page.contains("<script"))
        #expect(!page.contains("\u{1b}"))
        #expect(page.contains("&lt;script&gt;"))
        #expect(!report(hostile).table.contains("\u{1b}"))
    }

    @Test func thePageNeedsNothingElse() {
        let page = report().page
        for part in ["<link", "<script", "src=", "href=", "url(", "@import"] { #expect(!page.contains(part)) }
        #expect(page.components(separatedBy: "<svg").count == page.components(separatedBy: "</svg>").count)
        #expect(page.contains("prefers-color-scheme: dark"))
        for number in ["NaN", "inf\"", "nan"] { #expect(!page.contains(number)) }
    }

    @Test func aReportOfNothingIsAPageToo() {
        var report = report()
        report.operations = []
        report.timeline = []
        report.processes = []
        report.total.latency = LatencyFigures()
        #expect(!report.isClean)
        #expect(!report.page.contains("NaN"))
    }

    @Test func theJSONHasTheFiguresByName() throws {
        let json = try report().json()
        for part in ["\"p99_9\"", "\"user_per_request\" : 10", "\"per_second\"", "\"lag_milliseconds\" : 50"] {
            #expect(json.contains(part), "\(part)")
        }
    }

    @Test func processorTimeIsReadBehindAnyName() {
        let stat = "12 (a) b) S 1 12 12 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 100 1 1"
        #expect(ProcessorTime(stat: stat, ticks: 100) == ProcessorTime(user: 2_500_000, system: 500_000))
        #expect(ProcessorTime(stat: "12 (a", ticks: 100) == nil)
        #expect(ProcessGroup("nginx=1,2") == ProcessGroup(name: "nginx", pids: [1, 2]))
        for text in ["nginx", "=1", "a=", "a=1,,2", "a=-1", "a=x"] { #expect(ProcessGroup(text) == nil) }
    }

    @Test func aProcessThatIsNotThereHasNoTime() {
        let own = ProcessInfo.processInfo.processIdentifier
        #expect(ProcessGroup(name: "own", pids: [own]).time() != nil)
        #expect(ProcessGroup(name: "own", pids: [own, .max]).time() == nil)
    }

    @Test func aLongWaitIsToldAsLongAsItWas() {
        var recorder = Recorder()
        let seconds = UInt64(LoadLimits.duration + LoadLimits.warmUp)
        recorder.record(Operation.activity.index, microseconds: seconds * 1_000_000)
        #expect(abs(Double(recorder.total.max) / Double(seconds * 1_000_000) - 1) < 0.002)
    }

    @Test func theWorstSecondsOfALongRunAreSeen() {
        var report = report()
        report.timeline = (1...2000).map { second in
            var latency = report.total.latency
            if second == 701 { latency.p999 = 7_000_000 }
            var moment = LoadReport.Moment(
                second: Double(second), perSecond: second == 903 ? 3 : 1000, errors: 0, latency: latency,
                outstanding: 1)
            moment.lagMilliseconds = second == 1106 ? 900 : 50
            return moment
        }
        for text in ["p99.9: 7 s latency at 701", "answers: 3 per s at 903", "ms: 900 ms at 1,106"] {
            #expect(report.page.contains(text), "\(text)")
        }
        #expect(report.page.components(separatedBy: "<circle").count < 5 * LoadLimits.plotPoints)
    }

    @Test func aSearchInWhichNothingFailedSaysSo() throws {
        var report = report()
        var search = LoadReport.Search(p99BelowMilliseconds: 2, closedLoopPerSecond: 10)
        search.steps = [.init(rate: 6, perSecond: 6, p99: 1, errors: 0, holds: true)]
        (search.rate, search.isBounded) = (6, false)
        report.search = search
        for text in [report.table, report.page] { #expect(text.contains("None of the rates that were tried failed")) }
        #expect(try report.json().contains("\"is_bounded\" : false"))
    }

    @Test func metricsTellTheLag() {
        func read(_ text: String) -> MetricsReading? { Array(text.utf8).withUnsafeBytes { MetricsReading($0) } }
        var expected = MetricsReading()
        (expected.lag, expected.logEntries) = (87, 14)
        #expect(
            read(
                "# TYPE sessiond_log_entries gauge\nsessiond_log_entries{shard=\"0\"} 5.0\nsessiond_log_entries{shard=\"1\"} 9.0\nsessiond_flush_lag_milliseconds 87.0\n"
            ) == expected)
        #expect(read("sessiond_other 1\n") == nil)
    }

    @Test func violationsAreAllCountedAndTheFirstShown() {
        var recorder = Recorder()
        for number in 0..<100 { recorder.record(Violation(.status, "number \(number)")) }
        #expect(recorder.violations == 100)
        #expect(recorder.shown.count == LoadLimits.shownViolations)
        #expect(recorder.shown[0] == "unexpected status: number 0")
    }
}

extension String {
    fileprivate func components(separatedBy part: String) -> [Substring] {
        self.split(separator: part, omittingEmptySubsequences: false)
    }
}
