import FastCGI
import FastCGIServer
import Foundation
import NIOCore
import NIOPosix
import Testing

/// Where a server listens, and what it does with what is there already.
@Suite struct ListeningTests {
    private func server(_ address: FastCGIAddress, allow: [String]? = nil) -> FastCGIServer {
        FastCGIServer(address: address, webServerAddresses: allow) { _ in Respond { _ in text("x") } }
    }

    private func mode(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? -1
    }

    @Test func theSocketIsForItsOwnerAndGroupWhateverTheUmask() async throws {
        try await serving({ _ in text("x") }) { _, path in
            let mode = try self.mode(path)
            #expect(mode == 0o660)
        }
        try await withTemporaryFolder { folder in
            try await running(self.server(.unixSocket(path: folder + "/s", mode: 0o666))) { _ in
                let mode = try self.mode(folder + "/s")
                #expect(mode == 0o666)
            }
        }
    }

    @Test func theSocketIsGoneAfterwards() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/s"
            try await running(self.server(.unixSocket(path: path))) { _ in
                #expect(FileManager.default.fileExists(atPath: path))
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func aSocketThatNobodyListensOnIsReplaced() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/s"
            // Bound and closed, as a killed process leaves it.
            let descriptor = try boundSocket(path, listens: false)
            close(descriptor)
            try await running(self.server(.unixSocket(path: path))) { _ in
                let peer = try await Peer(path)
                peer.ask()
                #expect(try await peer.whole().body == "x")
            }
        }
    }

    @Test func aSocketThatSomeoneListensOnIsLeftAlone() async throws {
        try await serving({ _ in text("first") }) { _, path in
            await #expect(throws: FastCGIServerError.socketInUse(path)) {
                try await self.server(.unixSocket(path: path)).run()
            }
            let peer = try await Peer(path)
            peer.ask()
            #expect(try await peer.whole().body == "first")
        }
    }

    @Test func whatIsNoSocketIsLeftAlone() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/file"
            try Data("precious".utf8).write(to: URL(fileURLWithPath: file))
            let stale = folder + "/stale"
            close(try boundSocket(stale, listens: false))
            let link = folder + "/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: stale)
            let dangling = folder + "/dangling"
            try FileManager.default.createSymbolicLink(atPath: dangling, withDestinationPath: folder + "/none")
            for path in [file, link, dangling, folder] {
                await #expect(throws: FastCGIServerError.notASocket(path)) {
                    try await self.server(.unixSocket(path: path)).run()
                }
            }
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
            #expect(FileManager.default.fileExists(atPath: stale))
        }
    }

    @Test func aPathThatDoesNotFitIsAnError() async throws {
        for path in ["/tmp/" + String(repeating: "x", count: 103), "", "/tmp/a\0b"] {
            await #expect(throws: FastCGIServerError.pathTooLong(path)) {
                try await self.server(.unixSocket(path: path)).run()
            }
        }
        await #expect(throws: FastCGIServerError.system(call: "bind /nowhere/s", errno: ENOENT)) {
            try await self.server(.unixSocket(path: "/nowhere/s")).run()
        }
    }

    @Test func aSocketThatListensAlreadyIsAdopted() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/s"
            let descriptor = try boundSocket(path, listens: true)
            // Connects wait for the service, as behind systemd's socket.
            let early = try await Peer(path)
            early.ask()
            try await running(self.server(.listening(descriptor: descriptor))) { _ in
                let answer = try await early.whole()
                #expect(answer.body == "x")
            }
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func aDescriptorThatDoesNotListenIsAnError() async throws {
        try await withTemporaryFolder { folder in
            let descriptor = try boundSocket(folder + "/s", listens: false)
            defer { close(descriptor) }
            for descriptor in [descriptor, 0, 9_999] {
                await #expect(throws: FastCGIServerError.notListening(descriptor)) {
                    try await self.server(.listening(descriptor: descriptor)).run()
                }
            }
        }
    }

    @Test func socketActivationIsForThisProcessOnly() {
        let own = "\(getpid())"
        #expect(FastCGIAddress.socketActivation(["LISTEN_PID": own, "LISTEN_FDS": "1"]) == .listening(descriptor: 3))
        for environment in [
            [:], ["LISTEN_FDS": "1"], ["LISTEN_PID": own], ["LISTEN_PID": own, "LISTEN_FDS": "0"],
            ["LISTEN_PID": "1", "LISTEN_FDS": "1"], ["LISTEN_PID": own, "LISTEN_FDS": "x"],
        ] as [[String: String]] {
            #expect(FastCGIAddress.socketActivation(environment) == nil)
        }
    }

    @Test func tcpIsForLoopbackUnlessToldOtherwise() async throws {
        for host in ["0.0.0.0", "192.0.2.1", "::"] {
            await #expect(throws: FastCGIServerError.notLoopback(host)) {
                try await self.server(.tcp(host: host, port: 0)).run()
            }
        }
        await #expect(throws: FastCGIServerError.notAnAddress("example.org")) {
            try await self.server(.tcp(host: "example.org", port: 0)).run()
        }
        for address in [
            FastCGIAddress.tcp(host: "127.0.0.1", port: 0), .tcp(host: "localhost", port: 0),
            .tcp(host: "0.0.0.0", port: 0, isOpenToNetwork: true),
        ] {
            try await running(self.server(address)) { bound in
                let peer = try await Peer(host: "127.0.0.1", port: try #require(bound?.port))
                peer.ask()
                #expect(try await peer.whole().body == "x")
            }
        }
    }

    @Test func onlyTheWebServersNamedMayConnect() async throws {
        #expect(FastCGIAddress.webServerAddresses([:]) == nil)
        let list = FastCGIAddress.webServerAddresses(["FCGI_WEB_SERVER_ADDRS": "192.0.2.1, 127.0.0.1"])
        #expect(list == ["192.0.2.1", "127.0.0.1"])
        try await running(self.server(.tcp(host: "127.0.0.1", port: 0), allow: list)) { bound in
            let peer = try await Peer(host: "127.0.0.1", port: try #require(bound?.port))
            peer.ask()
            #expect(try await peer.whole().body == "x")
        }
        try await running(self.server(.tcp(host: "127.0.0.1", port: 0), allow: ["192.0.2.1"])) { bound in
            let peer = try await Peer(host: "127.0.0.1", port: try #require(bound?.port))
            try await eventually { peer.isClosed }
        }
    }
}

/// A unix socket made without the server.
private func boundSocket(_ path: String, listens: Bool) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let isBound = withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
    }
    try #require(isBound)
    if listens { try #require(listen(descriptor, 16) == 0) }
    return descriptor
}
