import NIOCore
import SessionCore
import SessionModel
import Testing

@testable import SessionAPI

@Suite struct HeaderTests {
    @Test(arguments: [
        ("*", VersionCondition.any), ("\"v7\"", .oneOf([7])), ("\"v7\", \"v9\"", .oneOf([7, 9])),
        ("W/\"v7\"", .oneOf([])), ("\"x\"", .oneOf([])), ("\"v07\"", .oneOf([])), ("\"v+7\"", .oneOf([])),
        ("\"v7\",,\"v8\"", .oneOf([7, 8])), ("\"v99999999999999999999\"", .oneOf([])), ("\"\"", .oneOf([])),
        ("  \"v7\"  ", .oneOf([7])), ("\"v-1\"", .oneOf([-1])),
    ])
    func ifMatchIsAListOfStrongTags(_ text: String, _ condition: VersionCondition) {
        #expect(EntityTag.list(text)?.condition == condition)
    }

    @Test(arguments: [
        "", " ", ",", "v7", "\"v7", "v7\"", "\"v7\" \"v8\"", "w/\"v7\"", "W\"v7\"", "*, \"v7\"", "\"a b\"", "\"v7\"x",
    ])
    func aMalformedListIsNone(_ text: String) {
        #expect(EntityTag.list(text) == nil)
    }

    @Test func aListOfTagsIsBounded() {
        func list(_ count: Int) -> String { (0..<count).map { "\"v\($0)\"" }.joined(separator: ",") }
        #expect(EntityTag.list(list(APILimits.entityTags)) != nil)
        #expect(EntityTag.list(list(APILimits.entityTags + 1)) == nil)
    }

    @Test func ifNoneMatchComparesWeakly() {
        #expect(EntityTag.list("W/\"v7\"")?.holds(7) == true)
        #expect(EntityTag.list("*")?.holds(7) == true)
        #expect(EntityTag.list("\"v8\"")?.holds(7) == false)
    }

    @Test(arguments: [
        ("durability=durable", true, nil as Int?), ("durability=durable, wait=3", true, 3),
        ("wait=0,durability=durable", true, 0), ("Durability=durable", true, nil),
        ("durability=\"durable\"", true, nil),
        ("respond-async; x=\"a,b\", durability=durable", true, nil), ("durability = durable ; a", true, nil),
        ("durability=relaxed, durability=durable", false, nil), ("wait=61", false, 60),
        ("wait=99999999999999999999", false, 60),
        ("wait=-1", false, nil), ("wait=5s", false, nil), ("wait", false, nil), ("return=minimal", false, nil),
        ("", false, nil),
        ("durability", false, nil), ("x=\"open, durability=durable", false, nil), (",,durability=durable", true, nil),
    ])
    func preferencesAreTakenAsFarAsTheyAreUnderstood(_ text: String, _ isDurable: Bool, _ wait: Int?) {
        let preferences = Preferences(text)
        #expect(preferences.isDurable == isDurable)
        #expect(preferences.wait == wait)
    }

    @Test(arguments: [
        ("application/json", MediaType.json as MediaType?), ("Application/JSON; charset=utf-8", .json),
        ("application/json;charset=\"UTF-8\"", .json), ("application/json ; q=1; charset=utf-8", .json),
        ("application/merge-patch+json", .mergePatch), ("application/json; charset=utf-16", nil), ("text/plain", nil),
        ("application/x-www-form-urlencoded", nil), ("application/jsonx", nil), ("application/json, text/plain", nil),
        ("", nil),
    ])
    func onlyJSONInUTF8IsAMediaTypeForBodies(_ text: String, _ type: MediaType?) {
        #expect(MediaType(contentType: text) == type)
    }

    @Test(arguments: [
        ("a", true), ("", false), (String(repeating: "a", count: 128), true),
        (String(repeating: "a", count: 129), false), ("a b", true), ("\"quoted\"", true), ("a\u{7f}", false),
        ("a\tb", false), ("é", false),
    ])
    func anIdempotencyKeyIsPrintableASCII(_ key: String, _ isValid: Bool) {
        #expect(Idempotency.isValid(key) == isValid)
    }

    @Test func whatWasAskedIsHashedByMethodPathAndBody() {
        let first = Idempotency(key: "abc", method: .post, target: "/api/sessions", body: ByteBuffer(string: "{}"))
        // echo -n abc | sha256sum; printf 'POST /api/sessions\n{}' | sha256sum
        #expect(first.keyHash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(first.bodyHash == "8d13d780a06861e53657f03a7c097b948e16f08f679efddcf8cf148bebc6a439")
        for (method, target, body) in [
            (Method.put, "/api/sessions", "{}"), (.post, "/api/missions", "{}"), (.post, "/api/sessions", "{} "),
        ] {
            let other = Idempotency(key: "abc", method: method, target: target, body: ByteBuffer(string: body))
            #expect(other.keyHash == first.keyHash)
            #expect(other.bodyHash != first.bodyHash)
        }
    }

    @Test func aRequestIsNamedByItselfOrByUs() {
        var random = FastRandom(seed: 7)
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let given = RequestIdentity(requestID: "a.b_c-1", traceparent: trace, using: &random)
        #expect(given.requestID == "a.b_c-1")
        #expect(given.traceparent == trace)
        let made = RequestIdentity(requestID: "a\r\nb", traceparent: trace.uppercased(), using: &random)
        #expect(RequestIdentity.isTraceparent(made.traceparent))
        #expect(made.requestID == made.traceparent.dropFirst(3).prefix(32))
        let next = RequestIdentity(requestID: nil, traceparent: nil, using: &random)
        #expect(next.traceparent != made.traceparent)
    }

    @Test(arguments: [
        "", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
    ])
    func whatIsNoTraceparentIsNotTakenOver(_ text: String) {
        #expect(!RequestIdentity.isTraceparent(text))
    }

    @Test(arguments: ["", "a b", "a\nb", "é", "a/b", String(repeating: "a", count: 129)])
    func whatIsNoRequestIDIsNotTakenOver(_ text: String) {
        #expect(!RequestIdentity.isRequestID(text))
    }

    @Test func base64URLIsStrict() {
        var random = SystemRandomNumberGenerator()
        for length in 0..<40 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
        }
        for text in ["A", "AB=", "AB==", "A B", "AB", "AAAAA", "A+", "A/", "é", "A\n"] where text != "AA" {
            #expect(Base64URL.decode(text.utf8) == nil, "\(text)")
        }
        #expect(Base64URL.decode("AA".utf8) == [0])
    }
}
