import FastCGIServer
import Foundation
import NIOPosix
import Testing

/// The ten-line server of ``FastCGIServer``'s documentation.
private struct Greeter: FastCGIResponder {
    func respond(to request: FastCGIRequest) async -> FastCGIResponse {
        FastCGIResponse(
            status: 200,
            headers: ["Content-Type": "text/plain"],
            body: .buffer(.init(string: "Hello from \(request.target.path)\n"))
        )
    }
}

@Suite struct DocumentedExampleTests {
    @Test func theExampleServes() async throws {
        try await withTemporaryFolder { folder in
            let server = FastCGIServer(address: .unixSocket(path: folder + "/s")) { _ in Greeter() }
            try await running(server) { _ in
                let peer = try await Peer(folder + "/s")
                peer.ask(1, "GET", "/here")
                #expect(try await peer.whole().body == "Hello from /here\n")
            }
        }
    }

    @Test func theDocumentationShowsWhatIsCompiledHere() throws {
        func squeezed(_ text: some StringProtocol) -> String { String(text.filter { !$0.isWhitespace }) }
        let here = URL(fileURLWithPath: #filePath)
        let source = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/FastCGIServer/FastCGIServer.swift")
        let shown = try String(contentsOf: source, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("///") }.map { $0.dropFirst(3) }.joined(separator: "\n")
        let own = try String(contentsOf: here, encoding: .utf8)
        let start = try #require(own.firstRange(of: "struct Greeter")).lowerBound
        let end = try #require(own.firstRange(of: "\n}\n")).lowerBound
        #expect(squeezed(shown).contains(squeezed(own[start..<end])))
    }
}
