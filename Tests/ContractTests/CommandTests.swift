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
            "redis.host=localhost", "redis.addresses=localhost:1", "redis.sentinels=localhost:1",
            "redis.primary=other", "redis.sentinel-user=u", "redis.sentinel-password-file=/none",
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

    @Test func redisIsReachedInOneOfFourWays() async throws {
        let site = try Site()
        for (settings, line) in [
            (["redis.host=h"], "h:6379"),
            (["redis.addresses=a:1, /run/b.sock,[::1]:2"], "the primary among a:1, /run/b.sock, [::1]:2"),
            (["redis.sentinels=a:1,b:2"], "the primary mymaster, as told by sentinels a:1, b:2"),
            (["redis.sentinels=a:1", "redis.primary=m.1-x_Y"], "the primary m.1-x_Y, as told by sentinels a:1"),
        ] {
            let output = try await site.check(["redis.socket=off"] + settings)
            #expect(output.code == 0, "\(output.text)")
            #expect(
                output.text.split(separator: "\n").contains { $0.hasPrefix("redis ") && $0.hasSuffix("  \(line)") },
                "\(output.text)")
        }
        for (settings, reason) in [
            ([], "redis.socket, redis.host, redis.addresses, redis.sentinels: one of them must be set"),
            (["redis.addresses=a:1", "redis.sentinels=a:1"], "redis.addresses and redis.sentinels are both set"),
            (
                ["redis.host=a", "redis.addresses=a:1", "redis.sentinels=a:1"],
                "redis.host and redis.addresses and redis.sentinels are all set"
            ),
        ] {
            let output = try await site.check(["redis.socket=off"] + settings)
            #expect(output.code != 0 && output.text.contains(reason), "\(output.text)")
        }
    }

    @Test(
        arguments: [
            "redis.addresses=a", "redis.addresses=a:0", "redis.addresses=a:65536", "redis.addresses=a:x",
            "redis.addresses=:1", "redis.addresses=a:1,", "redis.addresses=,a:1", "redis.addresses=a:1,,b:1",
            "redis.addresses=a:1;b:1", "redis.addresses=::1:1", "redis.addresses=[]:1", "redis.addresses=a b:1",
            "redis.addresses=a:1, a:1", "redis.addresses=run/b.sock", "redis.sentinels=/run/s.sock",
            "redis.sentinels=a", "redis.addresses=" + (1...17).map { "a:\($0)" }.joined(separator: ","),
        ])
    func aBadListOfServersIsNamed(setting: String) async throws {
        let output = try await Site().check(["redis.socket=off", setting])
        #expect(output.code != 0 && !output.text.contains("Fatal error"))
        #expect(output.text.contains("\(setting.prefix { $0 != "=" }): "), "\(output.text)")
    }

    @Test func aSentinelsNameAndPasswordAreChecked() async throws {
        let site = try Site()
        let sentinels = ["redis.socket=off", "redis.sentinels=a:1"]
        for name in ["a b", "a:b", String(repeating: "n", count: 129), "é"] {
            let output = try await site.check(sentinels + ["redis.primary=\(name)"])
            #expect(output.code != 0 && output.text.contains("redis.primary"), "\(output.text)")
        }
        let alone = try await site.check(sentinels + ["redis.sentinel-user=u"])
        #expect(alone.code != 0 && alone.text.contains("redis.sentinel-password-file"))
        for key in ["redis.password-file", "redis.sentinel-password-file"] {
            let file = site.folder.file(key)
            let missing = try await site.check(sentinels + ["\(key)=\(file)"])
            #expect(missing.code != 0 && missing.text.contains(file))
            try site.folder.write("not to be shown\n", to: key)
            let good = try await site.check(sentinels + ["\(key)=\(file)"])
            #expect(good.code == 0 && !good.text.contains("not to be shown"), "\(good.text)")
        }
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
        try site.folder.write(String(repeating: "s", count: 262_145), to: "secret")
        let long = try await site.check([])
        #expect(long.code != 0 && long.text.contains("longer than 262144 bytes"), "\(long.text)")
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
