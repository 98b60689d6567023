import Testing

@testable import SessionAPI

/// What a development server does for whoever asks, and no other server.
@Suite struct DevelopmentTests {
    @Test func elsewhereThereIsNoSuchThing() async throws {
        let service = try await TestService()
        let unknown = await service.ask("GET", "/api/nothing")
        #expect(await service.ask("GET", "/api/development").fingerprint == unknown.fingerprint)
        let token = await service.ask("POST", "/api/development/tokens", #"{"user_id":"1"}"#)
        #expect(token.fingerprint == unknown.fingerprint)
        #expect(!token.bodyWasRead)
    }

    @Test func aTokenIsGivenToAnybody() async throws {
        let service = try await TestService(isDevelopment: true)
        #expect(await service.ask("GET", "/api/development").text == #"{"development":true}"#)
        for user in [#""person""#, "42", #""42""#] {
            let answer = await service.ask(
                "POST", "/api/development/tokens", #"{"user_id":\#(user),"seconds":60}"#)
            #expect(answer.status == 201)
            let token = try #require(answer.json["token"] as? String)
            let claims = try #require(Base64URL.decode(Array(token.utf8).split(separator: UInt8(ascii: "."))[1]))
            let now = TestService.now.milliseconds / 1000
            let sub = user.replacing("\"", with: "")
            #expect(String(decoding: claims, as: UTF8.self) == #"{"sub":"\#(sub)","iat":\#(now),"exp":\#(now + 60)}"#)
        }
    }

    @Test(arguments: [
        ("{}", 422), ("[]", 422), ("", 415), ("{", 400), (#"{"user_id":""}"#, 422), (#"{"user_id":true}"#, 422),
        (#"{"user_id":"a\u0000"}"#, 422), (#"{"user_id":"1","seconds":0}"#, 422),
        (#"{"user_id":"1","seconds":86401}"#, 422), (#"{"user_id":"1","seconds":1e3}"#, 422),
        (#"{"user_id":"1","sub":"2"}"#, 422),
    ])
    func whatIsNoOrderIsRefused(body: String, status: Int) async throws {
        let service = try await TestService(isDevelopment: true)
        #expect(await service.ask("POST", "/api/development/tokens", body.isEmpty ? nil : body).status == status)
    }
}
