import SessionTesting

/// One fault under load, and what is there afterwards.
///
///     load ── fault ── first write taken ── a little more load ── the clients finish ── drained ── tiers agree ── compared
struct Round: Sendable {
    /// How long it may take until a write is taken again.
    static let recoveryLimit: Duration = .seconds(20)
    /// How long it may take, once the clients are silent, until the log is drained and both tiers agree.
    static let agreementLimit: Duration = .seconds(20)

    struct Result: Sendable {
        var number: Int
        var fault: String
        var counts = Ledger.Counts()
        var lost = 0
        var missing = 0
        var missingDurable = 0
        var repeated = 0
        /// In words.
        var faults: [String] = []
        /// From the fault's end to the first write that was sent behind it and taken.
        var firstWrite: Duration?
        /// From the fault's end until both tiers agreed, what was written behind it included.
        var agreement: Duration?
        var took = Duration.zero

        var isClean: Bool { missing == 0 && missingDurable == 0 && repeated == 0 && faults.isEmpty }
    }

    let number: Int
    let fault: any CrashFault
    let site: Site
    /// Whether this is the site's last: everything is compared.
    let isLast: Bool
    let report: @Sendable (String) -> Void

    func run(_ clients: inout [Client], _ generator: inout SeededGenerator) async -> Result {
        let start = ContinuousClock.now
        var result = Result(number: number, fault: fault.name)
        let isOver = StopSignal()
        let (strike, error) = await withTaskGroup(of: Client?.self) { group in
            for client in clients {
                group.addTask {
                    var client = client
                    await client.run(until: isOver)
                    return client
                }
            }
            let outcome = await conduct(&generator, &result)
            isOver.set()
            report("waiting for the clients")
            clients = []
            for await client in group { if let client { clients.append(client) } }
            return outcome
        }
        if let error { result.faults.append("the fault could not be done: \(error)") }
        do { try await compare(strike, &result) } catch { result.faults.append("could not be compared: \(error)") }
        let (counts, refusals) = site.ledger.takeRound()
        result.counts = counts
        result.faults += refusals
        result.took = .now - start
        return result
    }

    /// The fault, while the clients write.
    private func conduct(
        _ generator: inout SeededGenerator, _ result: inout Result
    ) async -> (Strike?, (any Error)?) {
        do {
            report("load")
            try await generator.pause(milliseconds: 400...1200)
            report("fault")
            let strike = try await fault.strike(site, &generator)
            report("recovering")
            do {
                try await eventually("a write being taken", within: Self.recoveryLimit) { site.ledger.taken != nil }
                result.firstWrite = site.ledger.taken.map { $0 - strike.ended }
            } catch {
                result.faults.append("no write was taken within \(Self.recoveryLimit) after the fault")
            }
            try await generator.pause(milliseconds: 200...500)
            return (strike, nil)
        } catch {
            await site.mend()
            return (nil, error)
        }
    }

    private func compare(_ strike: Strike?, _ result: inout Result) async throws {
        report("waiting for the tiers to agree")
        let end = ContinuousClock.now + Self.agreementLimit
        var undrained = try? site.undrained()
        while undrained != nil, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(10))
            undrained = try? site.undrained()
        }
        if let undrained { result.faults.append("not drained within \(Self.agreementLimit): \(undrained)") }
        var tiers = try Tiers(site)
        while !tiers.faults.isEmpty, ContinuousClock.now < end, undrained == nil {
            // Not forever where it is hopeless: what is set aside stays so.
            if try !tiers.durable.faults().isEmpty { break }
            try await Task.sleep(for: .milliseconds(50))
            tiers = try Tiers(site)
        }
        if let strike, tiers.faults.isEmpty, undrained == nil { result.agreement = .now - strike.ended }
        result.faults += tiers.faults
        report("comparing")
        let comparison = try await Comparison(
            site, tiers, loss: strike?.loss, isWhole: isLast || !result.faults.isEmpty)
        result.lost = comparison.lost
        result.missing = comparison.missing
        result.missingDurable = comparison.missingDurable
        result.repeated = comparison.repeated
        result.faults += comparison.faults
        report("sessionctl drift")
        let drift = try await site.stack.sessionctl("drift", "--json")
        if drift.code != 0 { result.faults.append("sessionctl drift: \(drift.text.prefix(2000))") }
    }
}
