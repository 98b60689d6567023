import FastCGI
import FuzzSupport
import NIOCore

@testable import FastCGIServer
@testable import SessionAPI
@testable import SessionCore

/// What is made of a request's headers, and what of them stands on an answer.
enum Headers {
    private nonisolated(unsafe) static var random = FastRandom(seed: 1)

    static func check(_ parameters: FastCGIParameters) {
        func value(_ header: RequestHeader) -> String? { parameters[header.rawValue] }
        checkIdentity(value(.requestID), value(.traceparent))
        for text in [value(.ifMatch), value(.ifNoneMatch)].compactMap(\.self) { checkTags(text) }
        let preferences = Preferences(value(.prefer))
        FuzzSupport.check((0...APILimits.durableWaitSeconds).contains(preferences.wait ?? 0), "a wait without end")
        if let text = value(.contentType), let type = MediaType(contentType: text) {
            FuzzSupport.check(text.lowercased().contains(type.rawValue), "another media type")
        }
        guard let key = value(.idempotencyKey), Idempotency.isValid(key) else { return }
        let idempotency = Idempotency(key: key, method: .post, target: "/api/sessions", body: ByteBuffer(string: key))
        for hash in [idempotency.keyHash, idempotency.bodyHash] {
            FuzzSupport.check(hash.utf8.count == 64 && hash.utf8.allSatisfy(Hexadecimal.isLowerDigit), "no hash")
        }
    }

    /// They stand on the answer and in log lines as they are.
    private static func checkIdentity(_ requestID: String?, _ traceparent: String?) {
        let identity = RequestIdentity(requestID: requestID, traceparent: traceparent, using: &random)
        FuzzSupport.check(RequestIdentity.isRequestID(identity.requestID), "a request id that is none")
        FuzzSupport.check(RequestIdentity.isTraceparent(identity.traceparent), "a traceparent that is none")
        let headers: FastCGIHeaders = ["X-Request-ID": identity.requestID, "traceparent": identity.traceparent]
        FuzzSupport.check(headers.refusal == nil, "a header that cannot be sent")
        let response = FastCGIResponse(status: 200, headers: headers)
        FuzzSupport.check(
            FastCGIAnswerHead(response, isHead: false, limits: FastCGILimits()).refusal == nil, "an answer too long")
    }

    private static func checkTags(_ text: String) {
        guard let list = EntityTag.list(text) else { return }
        switch list {
        case .any: FuzzSupport.check(text == "*", "any")
        case .tags(let tags):
            FuzzSupport.check((1...APILimits.entityTags).contains(tags.count), "tags without end")
            for tag in tags {
                guard let version = tag.version else { continue }
                FuzzSupport.check(text.utf8.count >= EntityTag.text(version).utf8.count, "a tag that is not there")
                FuzzSupport.check(list.holds(version), "a tag that does not hold")
            }
        }
    }
}
