import Metrics
import SessionModel

/// Every metric of the use cases and of what runs behind them. None has a label with an id in it.
enum SessionMetrics {
    static let coldReads = Counter(label: "sessiond_cold_reads_total")
    static let abandoned = Counter(label: "sessiond_abandoned_total")
    /// 1 while the sweep of the shard moves nothing.
    static func sweepHeld(_ shard: Shard) -> Gauge {
        Gauge(label: "sessiond_sweep_held", dimensions: [("shard", "\(shard.number)")])
    }
    static let archived = Counter(label: "sessiond_archived_total")
    static let deletedByRule = Counter(label: "sessiond_deleted_by_retention_total")
    static func overQuota(_ quota: Quota) -> Counter {
        Counter(label: "sessiond_over_quota_total", dimensions: [("quota", quota.rawValue)])
    }
    static let flushedEntries = Counter(label: "sessiond_flushed_entries_total")
    static let flushedBatches = Counter(label: "sessiond_flushed_batches_total")
    static let flushFailures = Counter(label: "sessiond_flush_failures_total")
    static let healed = Counter(label: "sessiond_healed_total")
    static let reconciliations = Counter(label: "sessiond_reconciliations_total")
    static let quarantined = Gauge(label: "sessiond_quarantined")
    static let deadLettersWaiting = Gauge(label: "sessiond_dead_letters_waiting")
    static let deadLetters = Counter(label: "sessiond_dead_letters_total")
    static let activityRecords = Counter(label: "sessiond_activity_records_total")
    static let logLength = Gauge(label: "sessiond_log_entries")
    static let logBytes = Gauge(label: "sessiond_log_bytes")
    static let followers = Gauge(label: "sessiond_followers")
    static func followersEnded(_ why: LiveEnd) -> Counter {
        Counter(label: "sessiond_followers_ended_total", dimensions: [("reason", why.rawValue)])
    }
    static let flushLag = Gauge(label: "sessiond_flush_lag_milliseconds")
}
