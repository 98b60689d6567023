import Foundation
import Logging
import NIOCore
import SessionCore
import SessionModel
import Synchronization
import Testing

@testable import SessionAPI

/// Answers and headers, endpoint by endpoint, on fakes of the tiers.
@Suite struct ContractTests {
    private static let other = "0196f3c2-aaaa-7bbb-8ccc-000000000000"

    private func members(_ bytes: [UInt8]) throws -> [String] { try JSONTape(bytes).root.members.map(\.key) }

    @Test func creatingAnswersSessionAndChat() async throws {
        let service = try await TestService()
        let answer = await service.ask("POST", "/api/sessions/", #"{"name":"n","session_metadata":{"n":1.50,"b":[1]}}"#)
        #expect(answer.status == 201)
        let root = try JSONTape(answer.bytes).root
        #expect(root.members.map(\.key) == ["user_session", "chat"])
        let session = try #require(root["user_session"])
        #expect(
            session.members.map(\.key) == [
                "id", "user_id", "name", "status", "chat_id", "mission_id", "session_metadata", "version",
                "message_count", "created_at", "updated_at", "last_activity_at", "abandons_at",
            ])
        let id = try #require(session["id"]?.string)
        #expect(String(decoding: session["user_id"]?.raw ?? [], as: UTF8.self) == "42")
        #expect(String(decoding: session["session_metadata"]?.raw ?? [], as: UTF8.self) == #"{"n":1.50,"b":[1]}"#)
        let chat = try #require(root["chat"])
        #expect(
            chat.members.map(\.key) == [
                "id", "user_session_id", "title", "chat_metadata", "created_at", "updated_at", "messages",
            ])
        #expect(chat["id"]?.string == SessionID(id)?.chat.description)
        #expect(answer["Location"] == "/api/sessions/\(id)")
        #expect(answer["ETag"] == "\"v1\"")
        #expect(answer["Write-Id"] == "0-1-1")
        #expect(answer["Cache-Status"] == "sessiond; hit")
        #expect(answer["Content-Type"] == "application/json")
        #expect(answer["Cache-Control"] == "no-store")
        #expect(answer["Preference-Applied"] == nil)
        #expect(answer["Idempotent-Replayed"] == nil)
    }

    @Test func creatingNeedsNoBody() async throws {
        let service = try await TestService()
        #expect(await service.ask("POST", "/api/sessions/").status == 201)
        let pointers = await service.ask("POST", "/api/sessions/initialize")
        #expect(pointers.status == 201)
        #expect(try members(pointers.bytes) == ["id", "user_id", "name", "chat_id", "mission_id", "session_metadata"])
        #expect(await service.ask("POST", "/api/sessions", #"{"name":null,"session_metadata":null}"#).status == 201)
    }

    @Test func aUserThatIsNoNumberIsAString() async throws {
        let service = try await TestService()
        for (user, json) in [("0042", "\"0042\""), ("a\"b", "\"a\\\"b\""), ("7", "7"), ("-7", "-7")] {
            let answer = await service.ask("POST", "/api/sessions/initialize", user: user)
            #expect(answer.text.contains("\"user_id\":\(json),"), "\(answer.text)")
        }
    }

    @Test func loadingShowsTheWhole() async throws {
        let service = try await TestService()
        let id = try await service.session()
        let mission = await service.ask(
            "POST", "/api/missions/?session_id=\(id)", #"{"name":"m","success_criteria":["a"]}"#)
        #expect(mission.status == 201)
        _ = await service.ask("POST", "/api/sessions/\(id)/messages", #"{"role":"user","content":"a"}"#)
        _ = await service.ask("POST", "/api/sessions/\(id)/messages", #"{"role":"assistant","content":"b"}"#)
        let answer = await service.ask("GET", "/api/sessions/\(id)/?messages=1")
        #expect(answer.status == 200)
        let root = try JSONTape(answer.bytes).root
        #expect(root.members.map(\.key).suffix(2) == ["chat", "mission"])
        let chat = try #require(root["chat"])
        #expect(chat.members.map(\.key).suffix(2) == ["messages", "has_more"])
        #expect(chat["has_more"]?.isTrue == true)
        #expect(chat["messages"]?.elements.compactMap { $0["content"]?.string } == ["b"])
        let shown = try #require(root["mission"])
        #expect(Array(shown.raw) == mission.bytes)
        #expect(
            shown.members.map(\.key) == [
                "id", "user_id", "status", "name", "description", "goal", "success_criteria", "current_hop_id",
                "created_at", "updated_at", "mission_metadata", "hops", "assets", "mission_asset_map", "version",
            ])
        let again = await service.ask("GET", try #require(mission["Location"]))
        #expect(again.bytes == mission.bytes)
        #expect(again["Cache-Status"] == "sessiond; hit")
        #expect(service.hot.state.withLock { $0.lastLoad?.touching } == true)
        _ = await service.ask("GET", "/api/sessions/\(id)?touch=false&messages=0")
        #expect(service.hot.state.withLock { $0.lastLoad?.touching } == false)
        #expect(service.hot.state.withLock { $0.lastLoad?.messages } == 0)
        _ = await service.ask("GET", "/api/sessions/\(id)")
        #expect(service.hot.state.withLock { $0.lastLoad?.messages } == 50)
    }

    @Test func noActiveSessionIsNull() async throws {
        let service = try await TestService()
        let none = await service.ask("GET", "/api/sessions/active")
        #expect(none.status == 200)
        #expect(none.text == "null")
        #expect(none["Content-Type"] == "application/json")
        let id = try await service.session()
        #expect(await service.ask("GET", "/api/sessions/active").json["id"] as? String == id)
    }

    @Test func aVersionThatIsKnownIsNotSentAgain() async throws {
        let service = try await TestService()
        let id = try await service.session()
        for path in ["/api/sessions/\(id)", "/api/sessions/active"] {
            for tag in ["\"v1\"", "W/\"v1\"", "*", "\"v9\", \"v1\""] {
                let answer = await service.ask("GET", path, [.ifNoneMatch: tag])
                #expect(answer.status == 304)
                #expect(answer.bytes.isEmpty)
                #expect(answer["ETag"] == "\"v1\"")
                #expect(answer["Cache-Status"] == "sessiond; hit")
                #expect(answer["Content-Type"] == nil)
            }
            #expect(await service.ask("GET", path, [.ifNoneMatch: "\"v2\""]).status == 200)
            #expect(await service.ask("GET", path, [.ifNoneMatch: "v2"]).status == 400)
        }
    }

    @Test func aWriteIsHeldToIfMatch() async throws {
        let service = try await TestService()
        let id = try await service.session()
        let mission = await service.ask("POST", "/api/missions", #"{"name":"m"}"#).json["id"] as? String ?? ""
        let writes: [(String, String, String?)] = [
            ("PUT", "", #"{"name":"x"}"#), ("PATCH", "", #"{"name":"x"}"#),
            ("PATCH", "", #"{"session_metadata":{"a":1}}"#),
            ("POST", "/messages", #"{"role":"user","content":"a"}"#), ("POST", "/link-mission/\(mission)", nil),
            ("POST", "/complete", nil), ("POST", "/resume", nil), ("POST", "/archive", nil), ("DELETE", "", nil),
        ]
        for (method, path, body) in writes {
            let version = try #require(service.hot.state.withLock { state in state.sessions.values.first?.version })
            for stale in ["\"v\(version + 1)\"", "W/\"v\(version)\"", "\"x\""] {
                let refused = await service.ask(method, "/api/sessions/\(id)" + path, body, [.ifMatch: stale])
                #expect(refused.status == 412, "\(method) \(path) \(stale)")
                #expect(refused.json["current_version"] as? Int == Int(version))
            }
            #expect(await service.ask(method, "/api/sessions/\(id)" + path, body, [.ifMatch: "v1"]).status == 400)
            let done = await service.ask(method, "/api/sessions/\(id)" + path, body, [.ifMatch: "\"v\(version)\""])
            #expect(done.status == (method == "DELETE" ? 204 : path == "/messages" ? 201 : 200), "\(method) \(path)")
            #expect(done["Write-Id"] != nil)
            if method != "DELETE" { #expect(done["ETag"] == "\"v\(version + 1)\"", "\(method) \(path)") }
        }
    }

    @Test func patchingMergesAndTakesBothTypes() async throws {
        let service = try await TestService()
        let id = try await service.session()
        let path = "/api/sessions/\(id)"
        _ = await service.ask(
            "PATCH", path, #"{"session_metadata":{"a":1,"b":{"c":2}}}"#, [.contentType: "application/merge-patch+json"])
        let answer = await service.ask("PATCH", path, #"{"session_metadata":{"b":{"d":3},"a":null}}"#)
        #expect(answer.status == 200)
        #expect(answer.text.contains(#""session_metadata":{"b":{"c":2,"d":3}}"#))
        #expect(try members(answer.bytes).contains("chat") == false)
        let empty = await service.ask("PATCH", path, #"{"session_metadata":null}"#)
        #expect(empty.text.contains(#""session_metadata":{}"#))
        #expect(await service.ask("PATCH", path, #"{"name":null}"#).status == 422)
        #expect(await service.ask("PATCH", path, #"{"status":"completed"}"#).pointers == ["/status"])
        #expect(await service.ask("PUT", path, "{}", [.contentType: "application/merge-patch+json"]).status == 415)
    }

    @Test func theLifecycleSaysWhatItDoesNotAllow() async throws {
        let service = try await TestService()
        let path = "/api/sessions/\(try await service.session())"
        #expect(await service.ask("POST", path + "/resume").status == 409)
        let done = await service.ask("POST", path + "/complete/")
        #expect(done.status == 200)
        #expect(done.json["status"] as? String == "completed")
        #expect(try members(done.bytes).contains("abandons_at") == false)
        for (method, suffix, body) in [
            ("POST", "/activity", nil), ("POST", "/messages", #"{"role":"user","content":"a"}"#),
            ("PATCH", "", #"{"name":"a"}"#), ("PUT", "", #"{"status":"abandoned"}"#),
        ] as [(String, String, String?)] {
            let refused = await service.ask(method, path + suffix, body)
            #expect(refused.status == 409)
            #expect(refused.json["current_status"] as? String == "completed")
            #expect((refused.json["detail"] as? String)?.contains("completed") == true)
        }
    }

    @Test func activityAnswersItsTimes() async throws {
        let service = try await TestService()
        let id = try await service.session()
        let answer = await service.ask("POST", "/api/sessions/\(id)/activity", "{}")
        #expect(answer.status == 200)
        #expect(try members(answer.bytes) == ["id", "status", "last_activity_at", "abandons_at"])
        #expect(answer.json["last_activity_at"] as? String == "2026-11-23T09:45:15.123Z")
        #expect(answer["Write-Id"] == nil)
    }

    @Test func messagesAreAnsweredAsTheyAreStored() async throws {
        let service = try await TestService()
        let id = try await service.session()
        let path = "/api/sessions/\(id)/messages"
        let one = await service.ask(
            "POST", path, #"{"role":"user","content":"a\n\u00e9","message_metadata":{"k":1.0},"id":"\#(Self.other)"}"#)
        #expect(one.status == 201)
        #expect(try members(one.bytes) == ["message"])
        let message = try #require(try JSONTape(one.bytes).root["message"])
        #expect(
            message.members.map(\.key) == [
                "id", "chat_id", "sequence_order", "created_at", "updated_at", "role", "content", "message_metadata",
            ])
        #expect(message["id"]?.string == Self.other)
        let two = await service.ask(
            "POST", path,
            #"{"messages":[{"role":"tool","content":""},{"role":"status","content":"c","message_metadata":null}]}"#)
        let answered = try JSONTape(two.bytes).root["messages"]?.elements.map { Array($0.raw) } ?? []
        let listed = await service.ask("GET", path + "?limit=500")
        #expect(try members(listed.bytes) == ["messages", "has_more"])
        let stored = try JSONTape(listed.bytes).root["messages"]?.elements.map { Array($0.raw) } ?? []
        #expect(stored == [Array(message.raw)] + answered)
        let window = await service.ask("GET", "/api/chat/\(try #require(SessionID(id)).chat)/messages/")
        #expect(try members(window.bytes) == ["messages"])
        #expect(try JSONTape(window.bytes).root["messages"]?.elements.map { Array($0.raw) } == stored)
        let after = await service.ask("GET", path + "?after=1&limit=1")
        #expect(try JSONTape(after.bytes).root["messages"]?.elements.map { Array($0.raw) } == [stored[1]])
    }

    @Test func aRepeatUnderOneKeyIsAnsweredAsTheFirst() async throws {
        let service = try await TestService()
        let id = try await service.session()
        for (path, body, changed) in [
            ("/api/sessions/", #"{"name":"a"}"#, #"{"name":"b"}"#),
            ("/api/sessions/initialize", "{}", "{ }"),
            ("/api/sessions/\(id)/messages", #"{"role":"user","content":"a"}"#, #"{"role":"user","content":"b"}"#),
        ] {
            let key: [RequestHeader: String] = [.idempotencyKey: "key of \(path)"]
            let first = await service.ask("POST", path, body, key)
            let second = await service.ask(
                "POST", path.hasSuffix("/") ? String(path.dropLast()) : path + "/", body, key)
            #expect(first["Idempotent-Replayed"] == nil)
            #expect(second["Idempotent-Replayed"] == "true")
            #expect(second.bytes == first.bytes)
            #expect(second["Write-Id"] == first["Write-Id"])
            let reused = await service.ask("POST", path, changed, key)
            #expect(reused.status == 422)
            #expect(reused.json["type"] as? String == "/problems/idempotency-key-reused")
            for bad in ["é", String(repeating: "a", count: 129)] {
                #expect(await service.ask("POST", path, body, [.idempotencyKey: bad]).status == 400)
            }
        }
    }

    @Test func aDurableWriteSaysSoOnlyIfItIs() async throws {
        for isDurable in [true, false] {
            let service = try await TestService(committed: isDurable ? LogID(milliseconds: 1, sequence: 1) : .zero)
            let prefer: [RequestHeader: String] = [.prefer: "durability=durable, wait=\(isDurable ? 30 : 0)"]
            let made = await service.ask("POST", "/api/sessions", "{}", prefer)
            #expect(made.status == 201)
            #expect(made["Preference-Applied"] == (isDurable ? "durability=durable" : nil))
            #expect(await service.ask("POST", "/api/sessions", "{}")["Preference-Applied"] == nil)
            let status = await service.ask("GET", "/api/writes/\(try #require(made["Write-Id"]))")
            #expect(status.status == 200)
            #expect(status.json["durable"] as? Bool == isDurable)
            #expect(status.json["committed"] as? String == (isDurable ? "1-1" : "0-0"))
        }
    }

    @Test func listsArePagedByNumberAndByCursor() async throws {
        let service = try await TestService()
        for _ in 0..<3 { _ = try await service.session() }
        let page = await service.ask("GET", "/api/sessions/?per_page=2")
        #expect(try members(page.bytes) == ["sessions", "total", "page", "per_page", "next_cursor"])
        #expect(page.json["page"] as? Int == 1)
        #expect(page.json["per_page"] as? Int == 2)
        #expect(page["Cache-Status"] == "sessiond; hit")
        var seen: [String] = []
        var cursor = ""
        repeat {
            let answer = await service.ask("GET", "/api/sessions?cursor=\(cursor)&limit=2")
            #expect(answer.status == 200)
            seen += (answer.json["sessions"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
            cursor = answer.json["next_cursor"] as? String ?? ""
        } while !cursor.isEmpty && seen.count < 10
        #expect(Set(seen).count == 3)
        #expect(seen.count == 3)
    }

    @Test func whatIsNotThereAndWhatIsAnothersIsOneAnswer() async throws {
        let service = try await TestService()
        let id = try await service.session(user: "1")
        let chat = try #require(SessionID(id)).chat.description
        let mission =
            await service.ask("POST", "/api/missions", #"{"name":"m"}"#, user: "1").json["id"] as? String ?? ""
        let own = try await service.session(user: "2")
        var answers: Set<String> = []
        for route in Routes.all where route.needsToken && route.pattern.contains("{") && route.endpoint != .writeStatus
        {
            for (session, chat, mission) in [
                (id, chat, mission), (Self.other, Self.other, Self.other), ("x", "x", "x"),
                (SessionID(id)?.chat.description ?? "", id, id),
            ] {
                var path = route.pattern
                for (name, value) in [
                    ("{session}", session), ("{chat}", chat), ("{mission}", mission), ("{hop}", mission),
                    ("{step}", mission), ("{asset}", mission),
                ] {
                    path = path.replacingOccurrences(of: name, with: value)
                }
                let body: String? =
                    switch route.endpoint {
                    case .replaceSession, .mergeSession, .replaceMission, .createHop, .replaceHop, .replaceToolStep,
                        .replaceAsset:
                        #"{"name":"stolen"}"#
                    case .createToolStep: #"{"name":"stolen","tool_id":"t"}"#
                    case .createAsset: #"{"name":"stolen","role":"input"}"#
                    case .moveMission, .moveHop, .moveToolStep: #"{"status":"cancelled"}"#
                    case .appendMessages: #"{"role":"user","content":"a"}"#
                    default: nil
                    }
                let answer = await service.ask(route.method.rawValue, path, body, user: "2")
                #expect(answer.status == 404, "\(route.method) \(path)")
                answers.insert(answer.fingerprint)
            }
        }
        answers.insert(await service.ask("POST", "/api/sessions/\(own)/link-mission/\(mission)", user: "2").fingerprint)
        answers.insert(
            await service.ask("POST", "/api/missions?session_id=\(id)", #"{"name":"m"}"#, user: "2").fingerprint)
        answers.insert(await service.ask("GET", "/nowhere", user: nil).fingerprint)
        answers.insert(await service.ask("GET", "/api/writes/x").fingerprint)
        #expect(answers.count == 1, "\(answers)")
        #expect(service.hot.state.withLock { $0.sessions.values.map(\.version) } == [1, 1])
    }

    @Test func withoutAGoodTokenEveryRouteIsOneAnswerAndReadsNothing() async throws {
        let service = try await TestService()
        let id = try await service.session()
        var answers: Set<String> = []
        for route in Routes.all where route.needsToken {
            let path = route.pattern.split(separator: "/").map { $0.hasPrefix("{") ? id : String($0) }
            for token in [nil, "Bearer x", "Basic eDp5", "Bearer " + TestService.token() + "x"] {
                let headers: [RequestHeader: String] = token.map { [.authorization: $0] } ?? [:]
                let answer = await service.ask(
                    route.method.rawValue, "/" + path.joined(separator: "/"), "{}", user: nil, headers)
                #expect(answer.status == 401)
                #expect(!answer.bodyWasRead)
                answers.insert(answer.fingerprint)
            }
        }
        #expect(answers.count == 1)
        #expect(answers.first?.contains(#"WWW-Authenticate: Bearer error="invalid_token""#) == true)
    }

    @Test func aMethodThatIsNotAllowedNamesThoseThatAre() async throws {
        let service = try await TestService()
        let answer = await service.ask("DELETE", "/api/sessions", "{}", user: nil)
        #expect(answer.status == 405)
        #expect(answer["Allow"] == "GET, HEAD, POST")
        #expect(!answer.bodyWasRead)
        #expect(await service.ask("HEAD", "/api/sessions").status == 200)
    }

    @Test func aBodyOfAnotherTypeIsRefusedUnread() async throws {
        let service = try await TestService()
        let id = try await service.session()
        for (method, path) in [
            ("POST", "/api/sessions"), ("PUT", "/api/sessions/\(id)"), ("PATCH", "/api/sessions/\(id)"),
            ("POST", "/api/sessions/\(id)/messages"), ("POST", "/api/missions"),
        ] {
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
                let answer = await service.ask(method, path, "{}", [.contentType: type])
                #expect(answer.status == 415)
                #expect(!answer.bodyWasRead)
            }
            #expect(await service.ask(method, path, "{}", [.contentType: ""]).status == 415)
        }
        #expect(await service.ask("PUT", "/api/sessions/\(id)").status == 400)
        #expect(await service.ask("POST", "/api/missions").status == 400)
    }

    @Test(arguments: [
        (HotError.unavailable("socket /run/x"), 503, "about:blank"),
        (.outcomeUnknown("socket /run/x"), 504, "/problems/outcome-unknown"),
        (.broken("ERR /run/x"), 500, "about:blank"),
    ])
    func troubleOfOursSaysNothingOfOurInsides(_ error: HotError, _ status: Int, _ type: String) async throws {
        let service = try await TestService()
        let id = try await service.session()
        service.hot.state.withLock { $0.failure = error }
        for (method, path, body) in [
            ("POST", "/api/sessions/\(id)/activity", nil), ("POST", "/api/sessions", "{}"),
            ("DELETE", "/api/sessions/\(id)", nil),
        ] as [(String, String, String?)] {
            let answer = await service.ask(method, path, body)
            #expect(answer.status == status)
            #expect(answer.json["type"] as? String == type)
            #expect(answer.json["status"] as? Int == status)
            #expect(!answer.text.contains("/run/x"))
            #expect((answer["Retry-After"] != nil) == (status == 503))
            #expect(answer["Cache-Status"] == nil)
        }
    }

    @Test func healthNeedsNoToken() async throws {
        let well = try await TestService()
        let ill = try await TestService()
        ill.readiness.set("redis", isReady: false, "not reachable")
        ill.readiness.set("sqlite", isReady: true, "ok")
        for base in ["", "/api"] {
            #expect(await well.ask("GET", base + "/health/live", user: nil).status == 200)
            #expect(await well.ask("GET", base + "/health/ready", user: nil).status == 200)
            #expect(await ill.ask("GET", base + "/health/live", user: nil).status == 200)
            let answer = await ill.ask("GET", base + "/health/ready", user: nil)
            #expect(answer.status == 503)
            #expect(answer["Retry-After"] == "1")
            #expect((answer.json["dependencies"] as? [[String: Any]])?.count == 2)
            #expect(answer.text.contains("not reachable"))
        }
    }

    @Test func metricsCountByRouteAndNameNobody() async throws {
        let service = try await TestService()
        let id = try await service.session()
        for _ in 0..<3 { _ = await service.ask("GET", "/api/sessions/\(id)") }
        _ = await service.ask("GET", "/api/sessions/\(Self.other)")
        _ = await service.ask("GET", "/nowhere/\(id)")
        for base in ["", "/api"] {
            let answer = await service.ask("GET", base + "/metrics", user: nil)
            #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = answer.text.split(separator: "\n")
            #expect(
                lines.contains(
                    #"sessiond_http_requests_total{method="GET",route="/api/sessions/{session}",status="2xx"} 3"#))
            #expect(
                lines.contains(
                    #"sessiond_http_requests_total{method="GET",route="/api/sessions/{session}",status="4xx"} 1"#))
            #expect(lines.contains(#"sessiond_http_requests_total{method="any",route="unknown",status="4xx"} 1"#))
            #expect(
                lines.contains(
                    #"sessiond_http_request_duration_seconds_count{method="GET",route="/api/sessions/{session}"} 4"#))
            #expect(lines.contains(#"sessiond_tokens_total{outcome="verified"} 1"#))
            #expect(lines.contains(#"sessiond_tokens_total{outcome="remembered"} 4"#))
            #expect(!answer.text.contains(id))
        }
    }

    @Test func everyAnswerAndItsLogLineBearTheRequestsNames() async throws {
        let service = try await TestService(logLevel: .debug)
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let answer = await service.ask("GET", "/nowhere", [.requestID: "mine-1", .traceparent: trace])
        #expect(answer["X-Request-ID"] == "mine-1")
        #expect(answer["traceparent"] == trace)
        let line = try #require(service.log.all.last)
        for part in ["request_id=mine-1", "traceparent=\(trace)", "status=404", "route=unknown"] {
            #expect(line.contains(part), "\(line)")
        }
        let made = await service.ask("GET", "/nowhere", [.requestID: "a\r\nSet-Cookie: x"])
        #expect(made["X-Request-ID"].map(RequestIdentity.isRequestID) == true)
        #expect(made["X-Request-ID"]?.contains("Cookie") == false)
    }

    @Test func whoeverLogsInARequestNamesIt() async throws {
        var random = FastRandom(seed: 1)
        let identity = RequestIdentity(requestID: "abc", traceparent: nil, using: &random)
        #expect(RequestIdentity.metadata.get().isEmpty)
        RequestIdentity.$current.withValue(identity) {
            #expect(RequestIdentity.metadata.get()["request_id"] == "abc")
        }
    }

    @Test func valuesOfFieldsArePrintableASCII() async throws {
        let service = try await TestService(committed: LogID(milliseconds: 1, sequence: 1))
        let answer = await service.ask(
            "POST", "/api/sessions", #"{"name":"é\r\nX: y"}"#, user: "é\u{2028}",
            [.prefer: "durability=durable", .idempotencyKey: "k"])
        #expect(answer.status == 201)
        for field in answer.response.fields {
            #expect(field.value.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "\(field)")
        }
    }
}
