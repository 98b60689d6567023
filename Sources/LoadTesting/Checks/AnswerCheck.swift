/// An answer as it lies in the connection's buffer.
package struct LoadAnswer {
    package var status: Int
    /// Whether it echoed its request's X-Request-ID.
    package var isEchoed: Bool
    package var body: UnsafeRawBufferPointer

    package init(status: Int, isEchoed: Bool, body: UnsafeRawBufferPointer) {
        (self.status, self.isEchoed, self.body) = (status, isEchoed, body)
    }
}

/// Holds an answer against its request and what is known, and learns from it.
package enum AnswerCheck {
    /// Nil if all is well. `made`: the id of what a creation has made.
    package static func check(
        _ request: LoadRequest, _ answer: LoadAnswer, _ population: inout Population, made: inout [UInt8]
    ) -> Violation? {
        if answer.status >= 500 {
            forget(request, isUnknown: answer.status != 503, &population)
            return Violation(.serverError, "\(name(request, population)): \(answer.status)\(problem(answer))")
        }
        guard answer.isEchoed else {
            forget(request, isUnknown: true, &population)
            return Violation(.foreign, "\(name(request, population)): the answer doesn't echo X-Request-ID")
        }
        let expected = status(request.operation)
        guard answer.status == expected else {
            forget(request, isUnknown: false, &population)
            return Violation(
                .status, "\(name(request, population)): expected \(expected), got \(answer.status)\(problem(answer))")
        }
        return body(request, answer, &population, &made)
    }

    /// It was sent, and will not be answered.
    package static func lost(_ request: LoadRequest, _ population: inout Population) {
        forget(request, isUnknown: true, &population)
    }

    private static func forget(_ request: LoadRequest, isUnknown: Bool, _ population: inout Population) {
        if request.operation == .create, !isUnknown { population.users[request.user].creating -= 1 }
        guard request.operation == .append || request.operation == .fill else { return }
        if isUnknown {
            population.sessions[request.session].chat.lose(request.count)
        } else {
            population.sessions[request.session].chat.withdraw(request.count)
        }
    }

    private static func status(_ operation: Operation) -> Int {
        switch operation {
        case .append, .create, .fill, .makeMission, .makeHop, .makeStep: 201
        case .activity, .load, .active, .metadataPut, .metadataPatch, .list, .history, .complete, .resume, .mission,
            .cancelHop, .compare:
            200
        case .remove: 204
        }
    }

    private static func body(
        _ request: LoadRequest, _ answer: LoadAnswer, _ population: inout Population, _ made: inout [UInt8]
    ) -> Violation? {
        var scan = JSONScan(answer.body)
        switch request.operation {
        case .activity, .metadataPut, .metadataPatch, .complete, .resume:
            let wanted: StaticString =
                request.operation == .complete ? "\"status\":\"completed\"" : "\"status\":\"active\""
            guard scan.find("\"id\":\""), scan.isAt(population.sessions[request.session].id), scan.find(wanted) else {
                return unfit("the session \(wanted)", request, population)
            }
            return nil
        case .append, .fill:
            guard scan.find("\"sequence_order\":", pivot: 3), let first = scan.number() else {
                return unfit("a message with its number", request, population)
            }
            return population.sessions[request.session].chat.acknowledge(
                first, count: request.count, floor: request.floor
            ).map { violation($0, request, population) }
        case .create:
            guard scan.find("\"user_session\":{\"id\":\""), let id = scan.id() else {
                return unfit("a session", request, population)
            }
            made = Array(id)
            population.users[request.user].creating -= 1
            return nil
        case .makeMission, .makeHop:
            guard scan.find("\"id\":\""), let id = scan.id() else { return unfit("an id", request, population) }
            made = Array(id)
            return nil
        case .makeStep, .cancelHop, .remove: return nil
        case .mission:
            guard scan.find("\"id\":\""), let id = population.sessions[request.session].mission, scan.isAt(id) else {
                return unfit("the mission asked for", request, population)
            }
            return nil
        case .list: return list(request, &scan, population)
        case .history: return history(request, &scan, population)
        case .load, .compare:
            guard scan.find("\"id\":\""), scan.isAt(population.sessions[request.session].id) else {
                return unfit("the session asked for", request, population)
            }
            return chat(request, request.session, floor: request.floor, &scan, population)
        case .active:
            if scan.isAt("null") {
                if population.mayHaveNone(request.user, of: request.floors.count) { return nil }
                return unfit("the active session, which nobody ended", request, population)
            }
            guard scan.find("\"id\":\""), let id = scan.id() else {
                return unfit("a session or null", request, population)
            }
            made = Array(id)
            guard let place = population.place(of: id, user: request.user) else {
                if population.users[request.user].creating > 0 { return nil }
                return unfit("a session of this user and run", request, population)
            }
            return chat(request, place, floor: floor(of: place, request, population), &scan, population)
        }
    }

    /// What the chat of a session had, at least, of those that the user had when they were asked for.
    private static func floor(of place: Int, _ request: LoadRequest, _ population: Population) -> UInt32 {
        let index = population.sessions[place].index
        return index < request.floors.count ? request.floors[index] : 0
    }

    /// A page of the user's sessions, ended ones too, without their messages.
    private static func list(_ request: LoadRequest, _ scan: inout JSONScan, _ population: Population) -> Violation? {
        guard scan.find("\"sessions\":[") else { return unfit("a list of sessions", request, population) }
        var count = 0
        while !scan.isAt("]") {
            guard scan.isAt("{\"id\":\""), scan.find("\"id\":\""), let id = scan.id(),
                scan.find("\"message_count\":", pivot: 8), let length = scan.number(), scan.find("}")
            else { return unfit("a list of sessions", request, population) }
            if let place = population.place(of: id, user: request.user) {
                let (least, most) = (
                    floor(of: place, request, population), population.sessions[place].chat.lengths.upperBound
                )
                guard length >= least, length <= most else {
                    return wrongLength(length, least, most, request, population)
                }
            } else if population.users[request.user].creating == 0 {
                return unfit("sessions of this user and run", request, population)
            }
            count += 1
            if scan.isAt(",") { scan.skip(1) }
        }
        let expected = min(request.floors.count, Int(LoadLimits.listedSessions))
        guard count >= expected else {
            return Violation(
                .body, "\(name(request, population)): expected at least \(expected) sessions, got \(count)")
        }
        return nil
    }

    /// A session with its newest messages.
    private static func chat(
        _ request: LoadRequest, _ session: Int, floor: UInt32, _ scan: inout JSONScan, _ population: Population
    ) -> Violation? {
        let ledger = population.sessions[session].chat
        guard scan.find("\"message_count\":", pivot: 8), let length = scan.number() else {
            return unfit("message_count", request, population)
        }
        // A later read shows every write that was answered before it was sent.
        guard length >= floor, length <= ledger.lengths.upperBound else {
            return wrongLength(length, floor, ledger.lengths.upperBound, request, population)
        }
        if request.operation == .compare, ledger.unknown == 0, length != ledger.contiguous {
            return Violation(
                .chat, "\(name(request, population)): \(ledger.contiguous) messages were acknowledged, it has \(length)"
            )
        }
        guard scan.find("\"messages\":[", pivot: 11) else { return unfit("messages", request, population) }
        var walk = MessageWalk()
        if let fault = walk.walk(&scan, session: UInt32(session), isOrdered: ledger.isOrdered) {
            return violation(fault, request, population)
        }
        guard walk.last == length, walk.count == min(length, 50) else {
            return Violation(
                .chat,
                "\(name(request, population)): expected the newest \(min(length, 50)) of \(length) messages, got \(walk.count), the last \(walk.last)"
            )
        }
        return nil
    }

    private static func history(
        _ request: LoadRequest, _ scan: inout JSONScan, _ population: Population
    ) -> Violation? {
        guard scan.find("\"messages\":[", pivot: 11) else { return unfit("messages", request, population) }
        var walk = MessageWalk()
        if let fault = walk.walk(
            &scan, session: UInt32(request.session), isOrdered: population.sessions[request.session].chat.isOrdered)
        {
            return violation(fault, request, population)
        }
        let expected = min(request.count &- 1, 50)
        guard walk.count == expected, expected == 0 || walk.last == request.count - 1 else {
            return Violation(
                .chat,
                "\(name(request, population)): expected \(expected) messages before \(request.count), got \(walk.count), the last \(walk.last)"
            )
        }
        return nil
    }
}

extension AnswerCheck {
    package static func name(_ request: LoadRequest, _ population: Population) -> String {
        guard request.session >= 0, request.session < population.sessions.count else {
            return "\(request.operation.rawValue) of user \(population.users[request.user].name)"
        }
        let id = String(decoding: population.sessions[request.session].id, as: UTF8.self)
        return "\(request.operation.rawValue) of session \(id)"
    }

    private static func wrongLength(
        _ length: UInt32, _ least: UInt32, _ most: UInt32, _ request: LoadRequest, _ population: Population
    ) -> Violation {
        Violation(
            .chat,
            "\(name(request, population)): expected \(least) to \(most) messages, got message_count \(length)")
    }

    private static func unfit(_ wanted: String, _ request: LoadRequest, _ population: Population) -> Violation {
        Violation(.body, "\(name(request, population)): expected \(wanted), got another body")
    }

    /// The type of a problem document, which never holds what the client sent.
    private static func problem(_ answer: LoadAnswer) -> String {
        var scan = JSONScan(answer.body)
        guard scan.find("\"title\":\"") else { return "" }
        let start = scan.position
        guard scan.find("\"") else { return "" }
        let title = UnsafeRawBufferPointer(rebasing: answer.body[start..<(scan.position - 1)].prefix(60))
        return " (\(String(decoding: title, as: UTF8.self)))"
    }

    private static func violation(
        _ fault: ChatLedger.Fault, _ request: LoadRequest, _ population: Population
    ) -> Violation {
        let text =
            switch fault {
            case .notAbove(let number, let floor): "expected a number above \(floor), got \(number)"
            case .beyond(let number, let issued): "expected a number up to \(issued), got \(number)"
            case .twice(let number): "number \(number) was given twice"
            case .gap(let number): "number \(number) was given to nobody"
            }
        return Violation(.chat, "\(name(request, population)): \(text)")
    }

    private static func violation(
        _ fault: MessageWalk.Fault, _ request: LoadRequest, _ population: Population
    ) -> Violation {
        let text =
            switch fault {
            case .unreadable(let number): "the message after number \(number) can't be read"
            case .gap(let number, let next): "expected number \(UInt64(number) + 1), got \(next)"
            case .foreign(let number): "message \(number) is of another session"
            case .order(let number): "message \(number) was sent before the one in front of it"
            }
        return Violation(.chat, "\(name(request, population)): \(text)")
    }
}
