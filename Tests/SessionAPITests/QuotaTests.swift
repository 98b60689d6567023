import SessionCore
import Testing

@testable import SessionAPI

@Suite struct QuotaTests {
    private func service(_ set: (inout QuotaPolicy) -> Void) async throws -> TestService {
        var policy = QuotaPolicy()
        set(&policy)
        return try await TestService(quotaPolicy: policy)
    }

    @Test func withoutQuotasNobodyIsAsked() async throws {
        let service = try await TestService()
        _ = try await service.session()
        #expect(service.quotas.spent.isEmpty)
    }

    @Test func onlyWritesAreAskedFor() async throws {
        let service = try await service { $0.writesPerMinute = 1 }
        let id = try await service.session()
        for (method, path) in [
            ("GET", "/api/sessions/"), ("GET", "/api/sessions/\(id)"), ("POST", "/api/sessions/\(id)/activity"),
            ("GET", "/api/health/live"),
        ] { #expect(await service.ask(method, path).status == 200) }
        #expect(service.quotas.spent.count == 1)
        _ = await service.ask("POST", "/api/sessions/\(id)/complete")
        _ = await service.ask("DELETE", "/api/sessions/\(id)")
        #expect(
            service.quotas.spent.map(\.cost) == [
                QuotaCost(sessions: 1, bytes: 2), QuotaCost(sessions: 0, bytes: 0), QuotaCost(sessions: 0, bytes: 0),
            ])
    }

    @Test(arguments: [(Quota.sessions, Int64(1), "1"), (.bytes, 59_001, "60"), (.writes, 0, "1")])
    func whatIsOverAQuotaIsRefusedAndChangesNothing(_ quota: Quota, _ milliseconds: Int64, _ after: String) async throws
    {
        let service = try await service { $0.sessions = 1 }
        service.quotas.answer(.refused(quota, milliseconds: milliseconds))
        let answer = await service.ask("POST", "/api/sessions/", "{}")
        #expect(answer.status == 429 && answer["Retry-After"] == after && !answer.bodyWasRead)
        #expect(answer.json["type"] as? String == "/problems/over-quota")
        #expect(answer.json["detail"] as? String == "Your quota of \(quota.rawValue) is used up.")
        service.quotas.answer(.granted)
        #expect((await service.ask("GET", "/api/sessions/")).json["total"] as? Int == 0)
    }

    @Test func whatIsNotMeasuredIsMeasuredOnce() async throws {
        let service = try await service {
            $0.sessions = 1
            $0.bytes = 100
        }
        service.quotas.answer(.unmeasured)
        _ = try await service.session()
        #expect(service.quotas.spent.map(\.measured) == [nil, QuotaCost(sessions: 0, bytes: 7)])
    }

    @Test func whatWasNotWrittenIsGivenBack() async throws {
        let service = try await service { $0.sessions = 5 }
        for body in ["{", #"{"name":""}"#] {
            #expect([400, 422].contains(await service.ask("POST", "/api/sessions/", body).status))
        }
        #expect(service.quotas.spent.reduce(0) { $0 + $1.cost.sessions } == 0)
        #expect(service.quotas.spent.count == 4)
    }

    @Test func anIdempotencyKeyIsNamed() async throws {
        let service = try await service { $0.sessions = 5 }
        _ = await service.ask("POST", "/api/sessions/", "{}", [.idempotencyKey: "abc"])
        _ = await service.ask("POST", "/api/sessions/", "{}", [.idempotencyKey: "\u{1}"])
        let hashes = service.quotas.spent.map(\.keyHash)
        #expect(hashes.first == Idempotency.keyHash("abc") && hashes.dropFirst().allSatisfy { $0 == nil })
    }
}
