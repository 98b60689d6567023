import SessionCore
import Testing

@testable import SessionAPI

@Suite struct RouterTests {
    private let router = Router()
    private static let id = "0196f3c2-aaaa-7bbb-8ccc-000000000000"

    @Test func everyRouteIsFoundWithAndWithoutTrailingSlash() {
        for (number, route) in Routes.all.enumerated() {
            let captures = route.pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map { _ in Self.id[...] }
            let path = route.pattern.split(separator: "/").map { $0.hasPrefix("{") ? Self.id : String($0) }
            for spelling in ["/" + path.joined(separator: "/"), "/" + path.joined(separator: "/") + "/"] {
                #expect(
                    router.match(method: route.method.rawValue, path: spelling)
                        == .found(route: number, captures: captures), "\(spelling)")
            }
        }
    }

    @Test(arguments: [
        "", "/", "//", "/api", "/api/", "/api//sessions", "/api/sessions//", "/API/sessions", "/api/Sessions",
        "/api/sessions/x/y", "/api/sessions/x/messages/1", "/api/sessions%2Fx", "/api/%zz", "/api/sess%",
        "api/sessions",
        "/api/sessions/a/b/c/d/e/f/g/h/i/j/k/l/m/n", "/api/../api/sessions", "/healthz", "/api/sessions/%ff",
    ])
    func whatIsNoRouteIsUnknown(_ path: String) {
        #expect(router.match(method: "GET", path: path) == .unknown)
    }

    @Test func aPathHasAtMost12Segments() {
        #expect(RoutePath.segments(of: String(repeating: "/a", count: 12))?.count == APILimits.pathSegments)
        #expect(RoutePath.segments(of: String(repeating: "/a", count: 13)) == nil)
    }

    @Test func aPathIsDecodedOnceAndAfterItWasSplit() {
        #expect(
            router.match(method: "GET", path: "/%61pi/%73essions") == router.match(method: "GET", path: "/api/sessions")
        )
        #expect(router.match(method: "GET", path: "/api/sessions/a%2Fmessages") != .unknown)
        if case .found(_, let captures) = router.match(method: "GET", path: "/api/sessions/a%2Fb%2541") {
            #expect(captures == ["a/b%41"])
        } else {
            Issue.record("not found")
        }
    }

    @Test func aKnownPathNamesItsMethods() {
        #expect(router.match(method: "PUT", path: "/api/sessions") == .notAllowed(allow: "GET, HEAD, POST"))
        #expect(
            router.match(method: "POST", path: "/api/sessions/x") == .notAllowed(allow: "GET, HEAD, PUT, PATCH, DELETE")
        )
        #expect(router.match(method: "get", path: "/api/sessions") == .notAllowed(allow: "GET, HEAD, POST"))
        #expect(
            router.match(method: "HEAD", path: "/api/sessions") == router.match(method: "GET", path: "/api/sessions"))
    }

    @Test func everyEndpointHasARoute() {
        #expect(Set(Routes.all.map(\.endpoint)) == Set(Endpoint.allCases))
    }
}
