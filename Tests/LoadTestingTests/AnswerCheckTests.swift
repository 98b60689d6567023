import LoadTesting
import Testing

@Suite struct AnswerCheckTests {
    private static let id = "01a215da-064f-79a6-8868-f5fb42dc0000"

    private func population(messages: UInt32 = 0) -> Population {
        var population = Population(users: 1, run: "r") { _ in "t" }
        population.add(id: Array(Self.id.utf8), user: 0, isInitial: true)
        for number in 0..<messages {
            _ = population.sessions[0].chat.issue(1)
            _ = population.sessions[0].chat.acknowledge(number + 1, count: 1, floor: number)
        }
        return population
    }

    private func check(
        _ operation: Operation, _ status: Int, _ body: String, _ population: inout Population, isEchoed: Bool = true,
        floor: UInt32 = 0, floors: [UInt32] = []
    ) -> Violation? {
        var made: [UInt8] = []
        var request = LoadRequest(operation, user: 0, session: 0, intended: 0)
        (request.floor, request.floors) = (floor, floors)
        return Array(body.utf8).withUnsafeBytes { bytes in
            AnswerCheck.check(
                request, LoadAnswer(status: status, isEchoed: isEchoed, body: bytes), &population, made: &made)
        }
    }

    private func session(_ numbers: [UInt32], count: Int, place: Int = 0) -> String {
        let messages = numbers.map { number in
            #"{"id":"\#(Self.id)","chat_id":"x","sequence_order":\#(number),"role":"user","content":"\#(place).\#(number).5 "}},a","message_metadata":{}}"#
        }
        return
            #"{"id":"\#(Self.id)","status":"active","session_metadata":{},"message_count":\#(count),"chat":{"messages":[\#(messages.joined(separator: ","))],"has_more":false},"mission":null}"#
    }

    @Test func anAnswerAsItMustBeIsNoViolation() {
        var population = population(messages: 3)
        #expect(check(.activity, 200, #"{"id":"\#(Self.id)","status":"active"}"#, &population) == nil)
        #expect(check(.load, 200, session([1, 2, 3], count: 3), &population, floor: 3) == nil)
        #expect(check(.compare, 200, session([1, 2, 3], count: 3), &population, floor: 3) == nil)
        #expect(check(.active, 200, session([1, 2, 3], count: 3), &population, floors: [3]) == nil)
        #expect(check(.list, 200, list([(Self.id, 3)]), &population, floors: [3]) == nil)
    }

    /// As the service shows it: metadata before the count.
    private func list(_ sessions: [(id: String, count: Int)]) -> String {
        let items = sessions.map {
            #"{"id":"\#($0.id)","status":"active","session_metadata":{"a":{}},"message_count":\#($0.count),"updated_at":"x"}"#
        }
        return #"{"sessions":[\#(items.joined(separator: ","))],"total":\#(items.count),"page":1,"next_cursor":null}"#
    }

    @Test func whoHasAnActiveSessionIsOwedIt() {
        var population = population()
        #expect(check(.active, 200, "null", &population, floors: [0])?.kind == .body)
        #expect(check(.active, 200, "null", &population, floors: []) == nil, "there was none when it was asked")
        population.sessions[0].isMoving = true
        population.sessions[0].isMoving = false
        #expect(check(.active, 200, "null", &population, floors: [0]) == nil, "it was completed meanwhile")
    }

    @Test func whoLeavesMayFindNothing() {
        var population = population()
        population.areAbandoned = true
        #expect(check(.active, 200, "null", &population, floors: [0]) == nil)
    }

    @Test func anActiveSessionHasWhatWasAcknowledgedBefore() {
        var population = population(messages: 3)
        let found = check(.active, 200, session([1, 2], count: 2), &population, floors: [3])
        #expect(found?.kind == .chat)
        #expect(found?.text.hasSuffix("expected 3 to 3 messages, got message_count 2") == true)
    }

    @Test func aListIsAFullPageWhereThereAreMore() {
        var population = population()
        let ids = (10..<35).map { Self.id.dropLast(2) + "\($0)" }
        for id in ids { population.add(id: Array(id.utf8), user: 0, isInitial: true) }
        let floors = [UInt32](repeating: 0, count: 26)
        func found(_ count: Int) -> Violation? {
            check(.list, 200, list(ids.prefix(count).map { (String($0), 0) }), &population, floors: floors)
        }
        #expect(found(20) == nil)
        #expect(found(19)?.text.hasSuffix("expected at least 20 sessions, got 19") == true)
    }

    @Test func aListHasTheUsersSessions() {
        let other = "01a215da-064f-79a6-8868-f5fb42dc0001"
        var population = population(messages: 3)
        func found(_ sessions: [(id: String, count: Int)], floors: [UInt32] = [3]) -> Violation? {
            check(.list, 200, list(sessions), &population, floors: floors)
        }
        #expect(found([])?.text.hasSuffix("expected at least 1 sessions, got 0") == true)
        #expect(found([], floors: []) == nil, "there was none when it was asked")
        #expect(found([(Self.id, 3), (other, 0)])?.kind == .body, "nobody here has made it")
        #expect(found([(Self.id, 2)])?.kind == .chat)
        #expect(found([(Self.id, 4)])?.kind == .chat)
        var (creation, draft) = (LoadRequest(.create, user: 0, intended: 0), RequestDraft())
        RequestComposer(Workload(name: "w"), seed: 1).compose(&creation, &population, into: &draft)
        #expect(check(.list, 200, list([(Self.id, 3), (other, 0)]), &population, floors: [3]) == nil)
        #expect(check(.list, 200, #"{"sessions":[{"id":"\#(Self.id)""#, &population, floors: [3])?.kind == .body)
    }

    @Test func a5xxIsAViolationThatTellsNoContent() {
        var population = population()
        let found = check(.append, 502, #"{"title":"Bad Gateway","detail":"secret"}"#, &population)
        #expect(found?.kind == .serverError)
        #expect(found?.text == "append of session \(Self.id): 502 (Bad Gateway)")
    }

    @Test func anotherStatusIsAViolation() {
        var population = population()
        #expect(check(.activity, 409, "{}", &population)?.kind == .status)
    }

    @Test func anAnswerToAnotherRequestIsAViolation() {
        var population = population()
        #expect(check(.activity, 200, "{}", &population, isEchoed: false)?.kind == .foreign)
        #expect(
            check(.activity, 200, #"{"id":"01a215da-064f-79a6-8868-f5fb42dc0001","status":"active"}"#, &population)?
                .kind == .body)
    }

    @Test(arguments: [
        ([1, 2, 3] as [UInt32], 2, "expected 3 to 3 messages, got message_count 2"),
        ([1, 2, 3], 4, "expected 3 to 3 messages, got message_count 4"), ([1, 3], 3, "expected number 2, got 3"),
        ([1, 2], 3, "expected the newest 3 of 3 messages, got 2, the last 2"),
    ])
    func aChatThatIsNotWhatItWasIsAViolation(_ numbers: [UInt32], _ count: Int, _ text: String) {
        var population = population(messages: 3)
        let found = check(.load, 200, session(numbers, count: count), &population, floor: 3)
        #expect(found?.kind == .chat)
        #expect(found?.text == "load of session \(Self.id): \(text)")
    }

    @Test func anothersMessageIsAViolation() {
        var population = population(messages: 1)
        let found = check(.load, 200, session([1], count: 1, place: 7), &population)
        #expect(found?.text == "load of session \(Self.id): message 1 is of another session")
    }

    @Test func aTruncatedBodyIsAViolation() {
        var population = population(messages: 3)
        let whole = session([1, 2, 3], count: 3)
        for length in 0..<(whole.utf8.count - 40) {
            #expect(check(.load, 200, String(whole.prefix(length)), &population, floor: 3) != nil)
        }
    }

    @Test func aRefusedMessageWasNotWritten() {
        var population = population(messages: 1)
        _ = population.sessions[0].chat.issue(1)
        _ = check(.append, 503, "{}", &population)
        #expect(population.sessions[0].chat.lengths == 1...1)
        _ = population.sessions[0].chat.issue(1)
        _ = check(.append, 504, "{}", &population)
        #expect(population.sessions[0].chat.lengths == 1...2)
    }
}
