import SessionAPI
import SessionTesting
import Testing

/// `config/openapi.yaml` describes what there is, and all of it. What it says of bodies and answers is checked by
/// `scripts/schemathesis`.
@Suite struct OpenAPITests {
    private static func paths() throws -> OpenAPIPaths { try OpenAPIPaths(Repository.configuration("openapi.yaml")) }

    @Test func everyRouteIsDescribedAndEveryDescriptionIsRouted() throws {
        let described = try Self.paths().operations
        let routed = Routes.all.map { "\($0.method.rawValue) \($0.pattern)" }
        #expect(Set(routed).subtracting(described.keys).sorted() == [], "not described")
        #expect(Set(described.keys).subtracting(routed).sorted() == [], "not routed")
        #expect(Set(routed).count == routed.count)
    }

    @Test func anOperationIsCalledAsItsEndpoint() throws {
        let described = try Self.paths().operations
        for route in Routes.all {
            let isCopy = !route.pattern.hasPrefix("/api/")
            let name = route.endpoint.rawValue + (isCopy ? "WithoutPrefix" : "")
            #expect(described["\(route.method.rawValue) \(route.pattern)"] == name)
        }
        #expect(Set(described.values).count == described.count)
    }

    @Test func theServiceServesIt() async throws {
        let answer = try await Stacks.ordinary.value.request("GET", "/api/openapi.yaml")
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type") == "application/yaml")
        #expect(try answer.text == Repository.configuration("openapi.yaml"))
    }
}

/// The `paths` of an OpenAPI description, read by indentation: paths at two spaces, methods at four, what is theirs at six.
/// Anything else there is an error: this is no reader of YAML.
struct OpenAPIPaths {
    /// operationId by `METHOD path`.
    private(set) var operations: [String: String] = [:]

    init(_ text: String) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "paths:") else { throw TestingError("no paths") }
        var path: String?
        var operation: String?
        for (number, line) in lines.enumerated().dropFirst(start + 1) {
            func unexpected() -> TestingError { TestingError("line \(number + 1) is unexpected: \(line)") }
            let indent = line.prefix { $0 == " " }.count
            let content = line.dropFirst(indent)
            if content.isEmpty { continue }
            switch indent {
            case 0:
                try check()
                return
            case 2:
                guard content.hasPrefix("/"), content.hasSuffix(":") else { throw unexpected() }
                path = String(content.dropLast())
                operation = nil
            case 4:
                guard let path, content.hasSuffix(":") else { throw unexpected() }
                let key = content.dropLast()
                if key == "parameters" {
                    operation = nil
                } else if ["get", "put", "post", "patch", "delete"].contains(key) {
                    let name = "\(key.uppercased()) \(path)"
                    guard operations.updateValue("", forKey: name) == nil else { throw unexpected() }
                    operation = name
                } else {
                    throw unexpected()
                }
            case 6:
                guard content.hasPrefix("operationId:") else { continue }
                guard let operation, operations[operation] == "" else { throw unexpected() }
                operations[operation] = String(content.dropFirst("operationId: ".count))
            case 7...: continue
            default: throw unexpected()
            }
        }
        try check()
    }

    private func check() throws {
        let nameless = operations.filter(\.value.isEmpty).keys.sorted()
        guard !operations.isEmpty, nameless.isEmpty else { throw TestingError("without operationId: \(nameless)") }
    }
}
