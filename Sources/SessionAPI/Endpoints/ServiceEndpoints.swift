import APIDescription
import NIOCore
import SessionCore
import SessionModel

/// What is asked about the service, not of it.
struct ServiceEndpoints: Sendable {
    let durability: Durability
    let readiness: Readiness
    let metrics: PrometheusRegistry

    /// Whoever reads this: it lives.
    func live() -> APIResponse { .json(200, Array(#"{"status":"live"}"#.utf8)) }

    func ready() throws(Problem) -> APIResponse {
        let dependencies = readiness.report()
        guard dependencies.allSatisfy(\.isReady) else {
            var problem = Problem(503, "The service is not ready.")
            problem.dependencies = dependencies
            problem.fields = [APIResponse.Field("Retry-After", "1")]
            throw problem
        }
        var writer = JSONObjectWriter(reserving: 256)
        writer.member("status", "ready")
        writer.member("dependencies") { $0.appendDependencies(dependencies) }
        return .json(200, writer.finish())
    }

    func exposition() -> APIResponse {
        APIResponse(
            status: 200, fields: [APIResponse.Field("Content-Type", "text/plain; version=0.0.4; charset=utf-8")],
            body: .buffer(ByteBuffer(string: metrics.text())))
    }

    /// This API, as OpenAPI 3.1: `config/openapi.yaml`, as it was when the service was built.
    func description() -> APIResponse {
        APIResponse(
            status: 200, fields: [APIResponse.Field("Content-Type", "application/yaml")],
            body: .buffer(ByteBuffer(bytes: APIDescription.yaml)))
    }

    func writeStatus(_ exchange: Exchange) async throws -> APIResponse {
        guard let text = exchange.captures.first, let write = WriteID(text) else { throw Problem.notFound }
        let (isDurable, committed) = try await durability.status(of: write)
        var writer = JSONObjectWriter(reserving: 64)
        writer.member("durable", isDurable)
        writer.member("committed", committed.description)
        return .json(200, writer.finish())
    }
}
