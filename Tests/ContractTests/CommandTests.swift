import FoundationEssentials
import SessionTesting
import Testing

/// The two programs at the command line.
@Suite struct CommandTests {
    @Test func aTokenOfTheToolIsGood() async throws {
        let stack = try await Stacks.ordinary.value
        let arguments = [
            try Repository.product("sessionctl"), "token", "--user", "424242", "--config",
            "\(Repository.root)/config/sessiond.yaml", "--set",
            "tokens.secret-file=\(stack.folder.file("token-secret"))",
        ]
        let output = try await Command.run(arguments)
        #expect(output.code == 0)
        let token = output.text.split(separator: "\n").joined()
        let answer = try await stack.request(
            "POST", "/api/sessions/", headers: [("Authorization", "Bearer \(token)")])
        #expect(try answer.json(201)["user_session"]["user_id"].int == 424_242)
        for bad in [
            ["--user", ""], ["--user", String(repeating: "u", count: 129)], ["--user", "a\nb"], ["--hours", "0"],
        ] {
            #expect(try await Command.run(arguments + bad).code != 0, "\(bad)")
        }
    }

    /// Files and settings that are good.
    private struct Site {
        let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            try folder.write(String(repeating: "s", count: 32), to: "secret")
        }

        func check(_ overrides: [String], config: String? = nil, environment: [String: String] = [:]) async throws
            -> Command.Output
        {
            let good = [
                "tokens.secret-file=\(folder.file("secret"))", "keys.metadata-file=\(folder.file("keys"))",
                "data.folder=\(folder.file("data"))", "redis.socket=\(folder.file("redis.sock"))", "development=true",
            ]
            return try await Command.run(
                [
                    try Repository.product("sessiond"), "check-config", "--config",
                    config ?? "\(Repository.root)/config/sessiond.yaml",
                ] + (good + overrides).flatMap { ["--set", $0] }, environment: environment)
        }
    }

    @Test func theShippedConfigurationIsGood() async throws {
        let site = try Site()
        let output = try await site.check([])
        #expect(output.code == 0, "\(output.text)")
        #expect(output.text.contains("lifecycle.abandon-after          86400000 ms"), "\(output.text)")
        #expect(!output.text.contains("ssssssss"))
        let variable = try await site.check([], environment: ["SESSIOND_LIFECYCLE_ABANDON_AFTER": "250ms"])
        #expect(variable.text.contains("lifecycle.abandon-after          250 ms"))
        let stronger = try await site.check(
            ["lifecycle.abandon-after=7s"], environment: ["SESSIOND_LIFECYCLE_ABANDON_AFTER": "250ms"])
        #expect(stronger.text.contains("lifecycle.abandon-after          7000 ms"))
    }

    @Test(
        arguments: [
            "shards=0", "shards=16385", "shards=x", "lifecycle.abandon-after=5", "lifecycle.abandon-after=off",
            "lifecycle.abandon-after=0ms", "lifecycle.abandon-after=-1s", "lifecycle.abandon-after=99999999999999999d",
            "lifecycle.hot-linger=59s", "lifecycle.hot-window=199", "lifecycle.expired-events=maybe",
            "listen.mode=9999",
            "listen.tcp=9000", "listen.tcp=127.0.0.1:0", "redis.prefix=a:b", "redis.prefix=a{b}",
            "redis.host=localhost",
            "write-behind.batch=0", "write-behind.max-backlog-memory=101%", "write-behind.max-backlog-memory=x",
            "limits.body=1TiB", "limits.body=-1", "limits.metadata=1", "tokens.leeway=61s", "log.level=loud",
            "log.format=xml", "drain=1ms", "development=perhaps", "loops=65",
        ])
    func aBadSettingIsNamed(setting: String) async throws {
        let output = try await Site().check([setting])
        #expect(output.code != 0)
        let key = setting.prefix { $0 != "=" }
        #expect(output.text.contains(key), "\(output.text)")
        #expect(!output.text.contains("Fatal error") && !output.text.contains("The configuration is good"))
    }

    @Test func whatIsNoConfigurationFileIsSaid() async throws {
        let site = try Site()
        let files = [
            site.folder.file("missing.yaml"), try site.folder.write("shards: [1\n  x", to: "broken.yaml"),
            site.folder.path,
        ]
        for file in files {
            let output = try await site.check([], config: file)
            #expect(output.code != 0 && output.text.contains(file), "\(output.text)")
        }
        let notASetting = try await site.check(["shards"])
        #expect(notASetting.code != 0 && notASetting.text.contains("key=value"))
    }

    @Test(arguments: ["secret", "keys"]) func aSecretThatOthersCanReadIsRefused(file: String) async throws {
        let site = try Site()
        #expect(try await site.check([]).code == 0)
        for mode in [0o640, 0o604, 0o644, 0o660] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: site.folder.file(file))
            let output = try await site.check([])
            #expect(output.code != 0 && output.text.contains(site.folder.file(file)), "\(output.text)")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: site.folder.file(file))
        #expect(try await site.check([]).code == 0)
    }

    @Test func aBadSecretIsRefused() async throws {
        let site = try Site()
        for text in ["", "short", String(repeating: "s", count: 31), String(repeating: "s", count: 31) + "\n"] {
            try site.folder.write(text, to: "secret")
            let output = try await site.check([])
            #expect(output.code != 0 && output.text.contains("secret"))
            #expect(text.count < 10 || !output.text.contains(text.prefix(31)))
        }
        try site.folder.write(String(repeating: "s", count: 32) + "\n", to: "secret")
        for text in ["", "x", "{}", #"{"current":"a","keys":{}}"#] {
            try site.folder.write(text, to: "keys")
            let output = try await site.check([])
            #expect(output.code != 0 && output.text.contains(site.folder.file("keys")), "\(output.text)")
        }
        // Outside development nothing is made.
        let missing = try await site.check(["development=false", "keys.metadata-file=\(site.folder.file("none"))"])
        #expect(missing.code != 0 && missing.text.contains(site.folder.file("none")))
    }
}
