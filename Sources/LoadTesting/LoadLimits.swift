/// Every bound of the harness, each with its unit and its reason.
package enum LoadLimits {
    /// Users of a workload: each has a token of some 150 bytes and a row in the tables here.
    package static let users = 100_000
    /// Sessions made at the start, of all users together: each takes some 400 bytes here.
    package static let sessions = 1_000_000
    /// Sessions made by `create` during a run: they are remembered, to check what is read later, in some 1.6 GB. At 200 a
    /// second that is more than five hours.
    package static let createdSessions = 4_000_000
    /// Sessions that `list` asks for: the service's own default.
    package static let listedSessions: UInt32 = 20
    /// Messages of one session at the start.
    package static let messages = 10_000
    /// Messages in one request: what the service takes.
    package static let messagesInRequest = 100
    /// Bytes of the bodies of such a request, about: below the service's `limits.body` of 1 MiB.
    package static let batchBytes = 524_288
    /// Bytes of one message: the service's `limits.message`.
    package static let messageBytes = 262_144
    /// Bytes of one session's metadata: the service's `limits.metadata`.
    package static let metadataBytes = 65_536 - 256
    /// Sessions with a mission, and hops, steps and assets of one: each of them is a request at the start.
    package static let missionSessions = 1_000
    package static let missionParts = 50
    /// A think time, or another duration of a workload, in seconds.
    package static let thinkSeconds = 3_600.0
    /// A workload's file, in bytes.
    package static let workloadBytes = 65_536

    /// Requests per second. One thread sends them; the machine is at its end long before.
    package static let rate = 1_000_000.0
    /// Connections: nginx as it is shipped takes 512 from one address.
    package static let connections = 4_096
    /// Connections of an open loop, unless told otherwise.
    package static let openLoopConnections = 128
    /// Requests at a time on one FastCGI connection: sessiond's own bound.
    package static let multiplex = 128
    /// Seconds of a measured window.
    package static let duration = 86_400.0
    /// Seconds of warming up.
    package static let warmUp = 3_600.0
    /// The longest latency that is told apart, in seconds: longer than a whole run, for a request that is due can wait as
    /// long as the window lasts. With three digits a histogram of it takes 230 KB; of two minutes it would be 150.
    package static let latencySeconds = 100_000.0

    /// Requests of an open loop that are sent and not answered, or wait for a connection. An arrival that finds so many
    /// is not sent, and counts as an error: it is never dropped unseen. At 10,000 requests/s it is a stall of 2 s.
    package static let outstanding = 20_000
    /// How long a request may take, in seconds, before its connection is closed and it counts as lost. Longer than nginx's
    /// `fastcgi_read_timeout` would be none.
    package static let requestSeconds = 60.0
    /// How long the end of a window waits for what is still outstanding, in seconds.
    package static let drainSeconds = 30.0
    /// How long /metrics may take, in seconds, before their connection is closed and they count as not there.
    package static let metricsSeconds: Int64 = 5
    /// How long the log may take to drain behind a window, in seconds, before its end is measured as it is.
    package static let logDrainSeconds = 60.0
    /// How long an idle connection is used again, in seconds: less than nginx's 65, or a request could meet its closing.
    package static let idleSeconds = 50.0
    /// How long no connection can be had, in seconds, before a phase ends that would wait for one; and how long until the
    /// next try, in milliseconds: a web server that is started anew is back by then.
    package static let refusedSeconds = 5.0
    package static let retryMilliseconds: Int64 = 50
    /// An answer's head, in bytes; its body, in bytes. Longer ones are violations.
    package static let headBytes = 16_384
    package static let bodyBytes = 16_777_216

    /// Sessions read again at the end to compare the length of their chats; more are sampled evenly: a read each.
    package static let comparedSessions = 20_000
    /// Violations that are shown in words. All are counted.
    package static let shownViolations = 20
    /// Windows of a search for the highest rate: five halve it down to 3 %, as many find a rate that fails first.
    package static let searchSteps = 12
    /// Points of one line of a plot: more is not seen.
    package static let plotPoints = 600
}
