/// Makes requests of what they are to ask. The same seed and draw make the same contents, whenever they are sent.
package struct RequestComposer: Sendable {
    private let workload: Workload
    private let seed: UInt64
    /// Sessions that may be made during a run.
    private let room: Int
    /// What texts are cut from: printable, and nothing that JSON escapes.
    private let filler: [UInt8]

    package init(_ workload: Workload, seed: UInt64, room: Int = LoadLimits.createdSessions) {
        self.workload = workload
        self.seed = seed
        self.room = room
        var random = SeededRandom(seed, stream: 0xf111)
        let letters = Array("etaoin shrdlu cmfwyp vbgkqjxz etaoin ".utf8)
        let length = LoadLimits.messageBytes + 4096
        filler = (0..<length).map { _ in letters[random.below(letters.count)] }
    }

    /// Makes a creation beyond what there is room for a look at the active session: the load goes on, and says so.
    package func confine(_ request: inout LoadRequest, _ population: Population) -> Violation? {
        guard request.operation == .create, population.sessions.count - population.initial >= room else { return nil }
        request.operation = .active
        return Violation(
            .bound,
            "create of user \(population.users[request.user].name): sent as active, as \(room) sessions were made already"
        )
    }

    /// Fills `draft`, and notes in `request` and `population` what the answer will be held against.
    package func compose(_ request: inout LoadRequest, _ population: inout Population, into draft: inout RequestDraft) {
        draft.number = request.number
        draft.authorization = population.users[request.user].authorization
        if request.session >= 0 { request.floor = population.sessions[request.session].chat.highest }
        var random = SeededRandom(seed, stream: request.draw)
        switch request.operation {
        case .activity: move("/activity", request, population, &draft)
        case .complete: move("/complete", request, population, &draft)
        case .resume: move("/resume", request, population, &draft)
        case .load: session(.get, "?messages=50", request, population, &draft)
        case .compare: session(.get, "?messages=50&touch=false", request, population, &draft)
        case .remove: session(.delete, "", request, population, &draft)
        case .active:
            request.floors = population.floors(of: request.user)
            draft.begin(.get)
            draft.path.append("/api/sessions/active")
        case .list:
            request.floors = population.floors(of: request.user)
            draft.begin(.get)
            draft.path.append("/api/sessions/?limit=")
            draft.path.append(decimal: LoadLimits.listedSessions)
        case .append, .fill: messages(request, &population, &draft, &random)
        case .metadataPut, .metadataPatch:
            session(request.operation == .metadataPut ? .put : .patch, "", request, population, &draft)
            draft.body.append("{")
            metadata(&draft, &random)
            draft.body.append("}")
        case .create:
            population.users[request.user].creating += 1
            draft.begin(.post)
            draft.path.append("/api/sessions/")
            draft.body.append("{\"name\":\"load\",")
            metadata(&draft, &random)
            draft.body.append("}")
        case .history:
            // The page's end is drawn of what was there already.
            request.count = request.floor == 0 ? 1 : 1 + UInt32(random.below(Int(request.floor)))
            session(.get, "/messages?limit=50&before=", request, population, &draft)
            draft.path.append(decimal: request.count)
        case .mission, .makeMission, .makeHop, .makeStep, .cancelHop: mission(request, population, &draft, &random)
        }
    }

    private func session(
        _ method: RequestDraft.Method, _ suffix: StaticString, _ request: LoadRequest, _ population: Population,
        _ draft: inout RequestDraft
    ) {
        draft.begin(method)
        draft.isSession = true
        draft.path.append("/api/sessions/")
        draft.path += population.sessions[request.session].id
        draft.path.append(suffix)
    }

    private func move(
        _ suffix: StaticString, _ request: LoadRequest, _ population: Population, _ draft: inout RequestDraft
    ) {
        session(.post, suffix, request, population, &draft)
    }

    private func messages(
        _ request: LoadRequest, _ population: inout Population, _ draft: inout RequestDraft,
        _ random: inout SeededRandom
    ) {
        session(.post, "/messages", request, population, &draft)
        let first = population.sessions[request.session].chat.issue(request.count)
        let isBatch = request.operation == .fill
        if isBatch { draft.body.append("{\"messages\":[") }
        for number in first..<(first + request.count) {
            if number > first { draft.body.append(",") }
            // People and agents take turns.
            draft.body.append(
                number % 2 == 1 ? "{\"role\":\"user\",\"content\":\"" : "{\"role\":\"assistant\",\"content\":\"")
            let length = Int(workload.messageBytes.sample(&random))
            let tag = MessageTag(session: UInt32(request.session), number: number, bytes: UInt32(max(length - 16, 0)))
            tag.write(into: &draft.body)
            text(Int(tag.bytes), &draft, &random)
            draft.body.append("\"}")
        }
        if isBatch { draft.body.append("]}") }
    }

    private func metadata(_ draft: inout RequestDraft, _ random: inout SeededRandom) {
        draft.body.append("\"session_metadata\":{\"panel\":\"chat\",\"scroll\":")
        draft.body.append(decimal: UInt32(random.below(10_000)))
        draft.body.append(",\"draft\":\"")
        text(Int(workload.metadataBytes.sample(&random)), &draft, &random)
        draft.body.append("\"}")
    }

    private func text(_ length: Int, _ draft: inout RequestDraft, _ random: inout SeededRandom) {
        let start = random.below(4096)
        draft.body += filler[start..<min(start + length, filler.count)]
    }

    private func mission(
        _ request: LoadRequest, _ population: Population, _ draft: inout RequestDraft, _ random: inout SeededRandom
    ) {
        draft.begin(request.operation == .mission ? .get : request.operation == .cancelHop ? .patch : .post)
        draft.path.append("/api/missions/")
        let session = population.sessions[request.session]
        if let mission = session.mission { draft.path += mission }
        switch request.operation {
        case .makeMission:
            draft.path.append("?session_id=")
            draft.path += session.id
            draft.body.append("{\"name\":\"load\",\"goal\":\"")
            text(120, &draft, &random)
            draft.body.append("\",\"assets\":[")
            for asset in 0..<(workload.missions?.assets ?? 0) {
                draft.body.append(asset == 0 ? "{\"name\":\"" : ",{\"name\":\"")
                text(20, &draft, &random)
                draft.body.append("\",\"role\":\"input\",\"content_summary\":\"")
                text(150, &draft, &random)
                draft.body.append("\"}")
            }
            draft.body.append("]}")
        case .makeHop:
            draft.path.append("/hops")
            draft.body.append("{\"name\":\"a hop\",\"rationale\":\"")
            text(150, &draft, &random)
            draft.body.append("\"}")
        case .makeStep:
            draft.path.append("/hops/")
            draft.path += session.hop
            draft.path.append("/tool-steps")
            draft.body.append(
                "{\"tool_id\":\"search\",\"name\":\"a step\",\"parameter_mapping\":{\"query\":\"what is it\"}}")
        case .cancelHop:
            draft.path.append("/hops/")
            draft.path += session.hop
            draft.path.append("/status")
            draft.body.append("{\"status\":\"cancelled\"}")
        default: break
        }
    }
}
