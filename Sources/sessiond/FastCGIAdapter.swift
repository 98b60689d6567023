import FastCGI
import FastCGIServer
import NIOCore
import SessionAPI

/// Hands FastCGI requests to the API and its answers back. It adds nothing of its own.
struct FastCGIAdapter: FastCGIResponder {
    let api: APIResponder

    func respond(to request: FastCGIRequest) async -> FastCGIResponse {
        let answer = await api.respond(
            to: APIRequest(
                method: request.method, path: request.target.path, query: request.target.query,
                source: FastCGISource(request: request)))
        var response = FastCGIResponse(status: answer.status)
        for field in answer.fields { response.headers.add(field.name, field.value) }
        switch answer.body {
        case .empty: break
        case .buffer(let bytes): response.body = .buffer(bytes)
        case .stream(let produce): response.body = .stream { try await produce(FastCGIWriter(writer: $0)) }
        }
        return response
    }
}

private struct FastCGISource: RequestSource {
    let request: FastCGIRequest

    func value(of header: RequestHeader) -> String? { request.parameters[header.rawValue] }

    var bodyLength: Int? { request.body.contentLength }

    func body(upTo limit: Int) async throws(RequestBodyError) -> ByteBuffer {
        do { return try await request.body.collect(upTo: limit) } catch {
            switch error {
            case .tooLarge: throw .tooLarge
            case .lengthMismatch, .aborted, .alreadyReading: throw .incomplete
            }
        }
    }
}

private struct FastCGIWriter: APIBodyWriter {
    let writer: FastCGIBodyWriter

    func write(_ bytes: ByteBuffer) async throws { try await writer.write(bytes) }
}
