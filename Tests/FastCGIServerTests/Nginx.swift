import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

/// A real nginx in front of `app`, on a unix socket in `folder`, while `body` runs.
///
/// - Parameter location: Directives of its one location, besides those that pass requests on.
func withNginx<R>(
    _ folder: String,
    app: String,
    keepsConnections: Bool = true,
    location: String = "",
    _ body: (_ http: String) async throws -> R
) async throws -> R {
    let http = folder + "/http"
    let configuration = """
        \(getuid() == 0 ? "user \(NSUserName());" : "")
        worker_processes 1; daemon off; pid \(folder)/pid; error_log \(folder)/error.log info;
        events { worker_connections 512; }
        http {
            access_log off; keepalive_requests 1000000;
            client_body_temp_path \(folder)/body; fastcgi_temp_path \(folder)/fastcgi;
            proxy_temp_path \(folder)/proxy; uwsgi_temp_path \(folder)/uwsgi; scgi_temp_path \(folder)/scgi;
            client_max_body_size 64m;
            upstream app { server unix:\(app); \(keepsConnections ? "keepalive 16;" : "") }
            server {
                listen unix:\(http);
                location / {
                    fastcgi_pass app; fastcgi_keep_conn \(keepsConnections ? "on" : "off");
                    fastcgi_next_upstream off;
                    fastcgi_param REQUEST_METHOD $request_method; fastcgi_param REQUEST_URI $request_uri;
                    fastcgi_param CONTENT_LENGTH $content_length; fastcgi_param CONTENT_TYPE $content_type;
                    fastcgi_param HTTP_PROXY "";
                    \(location)
                }
            }
        }
        """
    try configuration.write(toFile: folder + "/nginx.conf", atomically: true, encoding: .utf8)
    let nginx = Process()
    let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"]
    let program = places.first { FileManager.default.isExecutableFile(atPath: $0) }
    nginx.executableURL = URL(
        fileURLWithPath: try #require(program, "nginx is not installed (apt-get install nginx-light)"))
    nginx.arguments = ["-p", folder, "-c", folder + "/nginx.conf", "-e", folder + "/error.log"]
    nginx.standardError = FileHandle.nullDevice
    try nginx.run()
    defer {
        nginx.terminate()
        nginx.waitUntilExit()
    }
    try await eventually(
        "nginx did not start: \((try? String(contentsOfFile: folder + "/error.log", encoding: .utf8)) ?? "")"
    ) {
        // Written once it listens; the socket's file is there a moment earlier.
        FileManager.default.fileExists(atPath: folder + "/pid")
    }
    return try await body(http)
}

/// A browser's end of a connection: sends text, remembers what came back.
final class Browser: Sendable {
    private struct Heard {
        var text = ""
        var isClosed = false
    }

    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let heard: NIOLockedValueBox<Heard>
        init(_ heard: NIOLockedValueBox<Heard>) { self.heard = heard }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: self.unwrapInboundIn(data))
            self.heard.withLockedValue { $0.text += text }
        }
        func channelInactive(context: ChannelHandlerContext) { self.heard.withLockedValue { $0.isClosed = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    let channel: any Channel
    private let heard = NIOLockedValueBox(Heard())

    init(_ path: String) async throws {
        let heard = self.heard
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Ear(heard)) }
            }
            .connect(unixDomainSocketPath: path).get()
    }

    func send(_ text: String) { self.channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
    func close() async { try? await self.channel.close().get() }
    var text: String { self.heard.withLockedValue { $0.text } }
    var isClosed: Bool { self.heard.withLockedValue { $0.isClosed } }

    struct Answer {
        var status: String
        var head: String
        var body: String
    }

    /// One request on a connection of its own, and the whole answer.
    static func ask(
        _ path: String,
        _ method: String = "GET",
        _ uri: String = "/",
        body: String? = nil,
        headers: String = ""
    ) async throws -> Answer {
        let browser = try await Browser(path)
        let length = body.map { "Content-Length: \($0.utf8.count)\r\n" } ?? ""
        browser.send(
            "\(method) \(uri) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(length)\(headers)\r\n\(body ?? "")")
        try await eventually("no answer to \(method) \(uri)") { browser.isClosed }
        let text = browser.text
        let end = text.firstRange(of: "\r\n\r\n") ?? text.endIndex..<text.endIndex
        return Answer(
            status: String(text.prefix { $0 != "\r\n" }),
            head: String(text[..<end.lowerBound]),
            body: String(text[end.upperBound...])
        )
    }
}
