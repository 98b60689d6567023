import SessionTesting

/// One client: writes one thing after the other, remembers what was acknowledged, repeats what was not.
///
/// It has a session of its own, with a mission, on which it does everything; and with some others a chat to which all of
/// them append, each with a key of its own in the metadata.
struct Client: Sendable {
    /// Clients that share a chat.
    static let perChat = 4

    /// What came of a write.
    enum Outcome: Sendable {
        /// With its first answer.
        case done(Answer)
        /// The ledger knows what may have happened.
        case unknown
        /// The ledger knows why.
        case refused
    }

    struct Own: Sendable {
        var id: String
        var isCompleted = false
        var mission: Mission?
    }

    struct Mission: Sendable {
        var id: String
        var hop: (id: String, name: String, steps: Int)?
    }

    let number: Int
    let site: Site
    let user: String
    let sender: Sender
    let sharedUser: String
    let sharedSender: Sender
    var generator: SeededGenerator
    var own: Own?
    /// Makes every name and every content unique.
    var count = 0
    /// The shared chat that was refused to this client.
    var refusedChat: String?

    init(number: Int, site: Site, seed: UInt64) {
        self.number = number
        self.site = site
        generator = SeededGenerator(seed: seed)
        user = "client-\(number)"
        sender = Sender(site.stack, user: user)
        sharedUser = "group-\(number / Self.perChat)"
        sharedSender = Sender(site.stack, user: sharedUser)
    }

    /// Until `isOver`; what was begun is finished.
    mutating func run(until isOver: StopSignal) async {
        if let own, chance(25) || !site.ledger.isUsable([own.id, own.mission?.id]) { self.own = nil }
        if number % Self.perChat == 0, chance(25) || !site.ledger.isUsable([site.chat(number / Self.perChat)]) {
            await openChat()
        }
        while !isOver.isSet {
            await step()
            try? await Task.sleep(for: .milliseconds(Int.random(in: 0...12, using: &generator)))
        }
    }

    private mutating func step() async {
        guard let own else { return await open() }
        if let chat = site.chat(number / Self.perChat), chat != refusedChat, chance(35) {
            return await share(chat)
        }
        if own.isCompleted { return chance(70) ? await resume(own) : (self.own = nil) }
        switch Int.random(in: 0..<100, using: &generator) {
        case ..<45: await append(to: own.id, sender, messages: chance(20) ? 2...8 : 1...1)
        case ..<57: await merge(own.id, sender)
        case ..<63: await rename(own.id)
        case ..<67: await replaceMetadata(own.id)
        case ..<72: await complete(own)
        case ..<75: await delete(own.id)
        case ..<80: _ = await sender.perform(Request(method: "POST", path: "/sessions/\(own.id)/activity"))
        default: await work(on: own)
        }
    }

    private mutating func share(_ chat: String) async {
        if chance(85) {
            await append(to: chat, sharedSender, messages: chance(15) ? 2...5 : 1...1)
        } else {
            await merge(chat, sharedSender)
        }
    }

    // MARK: - What all writes have in common

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    mutating func unique(_ what: String) -> String {
        count += 1
        return "\(what) \(number).\(count)"
    }

    /// Sends a write until it is acknowledged, and tells the ledger. Some are cut off before their answer first, and some
    /// of those with a key sent again when they were answered: that must not happen twice.
    ///
    /// - Parameters:
    ///   - effects: of the write, as far as known before its answer.
    ///   - acknowledge: is given the answer and tells the ledger; once more if the repeat of an answered one made a write
    ///     of its own.
    ///   - doneBy: the status that says, after a request of unknown outcome, that it happened.
    ///   - mayForget: whether it may be left at a request that was cut off.
    mutating func write(
        _ request: Request, on id: String?, _ sender: Sender, effects: [Effect], doneBy: Int? = nil,
        mayForget: Bool = true, acknowledge: (Answer) throws -> Void
    ) async -> Outcome {
        var request = request
        request.isDurable = chance(12)
        var unknown = 0
        if request.key != nil, chance(4) {
            _ = try? await sender.send(request, within: .microseconds(Int.random(in: 1...3000, using: &generator)))
            unknown = 1
            if mayForget, chance(20) {
                if let id { site.ledger.unknown(id, effects, requests: 1) }
                return .unknown
            }
        }
        let reply = await sender.perform(request, unknown: unknown)
        switch reply {
        case .done(let answer, let unknown):
            if let id { site.ledger.unknown(id, effects, requests: unknown) }
            noted(id, request) { try acknowledge(answer) }
            if request.key != nil, chance(5) { await sendAgain(request, answer, id, sender, acknowledge) }
            return .done(answer)
        case .refused(let status, let text, let unknown):
            if let id { site.ledger.unknown(id, effects, requests: unknown) }
            if unknown > 0, status == doneBy { return .unknown }
            site.ledger.refused(id, "\(request.method) \(request.path): \(status) \(text)")
            return .refused
        case .open(let unknown):
            if let id { site.ledger.unknown(id, effects, requests: unknown) }
            site.ledger.refused(nil, "\(request.method) \(request.path) was not answered for \(Sender.patience)")
            return .unknown
        }
    }

    private func sendAgain(
        _ request: Request, _ first: Answer, _ id: String?, _ sender: Sender, _ acknowledge: (Answer) throws -> Void
    ) async {
        switch await sender.perform(request) {
        case .done(let again, _):
            // As long as nothing is lost. Where it is, this is a new write.
            if again.http.header("Write-Id") != first.http.header("Write-Id") {
                noted(id, request) { try acknowledge(again) }
            } else if again.http.body != first.http.body {
                site.ledger.refused(id, "the repeat of \(request.path) was answered otherwise: \(again.http.text)")
            }
        case .refused(let status, let text, _):
            site.ledger.refused(id, "the repeat of \(request.path): \(status) \(text)")
        case .open: site.ledger.refused(nil, "the repeat of \(request.path) was not answered")
        }
    }

    private func noted(_ id: String?, _ request: Request, _ body: () throws -> Void) {
        do { try body() } catch { site.ledger.refused(id, "\(request.method) \(request.path): \(error)") }
    }
}
