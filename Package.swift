// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let served: [SwiftSetting] =
    strict + [
        // An asynchronous function stays where its caller is: on the way of a request each change of executor costs.
        .enableUpcomingFeature("NonisolatedNonsendingByDefault")
    ]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHelpers: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let jwtKit: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")

let package = Package(
    name: "sessiond",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Its default trait brings in all of Foundation.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // What things are; what may happen.
        .target(name: "SessionModel", swiftSettings: served),
        .target(
            name: "SessionCore", dependencies: ["SessionModel", crypto, logging, metrics, lifecycle],
            swiftSettings: served + [.define("FAIL_POINTS", .when(configuration: .debug))]),

        // The hot tier, on Redis.
        .systemLibrary(name: "CHiredis"),
        .target(name: "Redis", dependencies: ["CHiredis", nioCore, nioPosix, logging], swiftSettings: served),
        .target(
            name: "HotTier", dependencies: ["SessionModel", "SessionCore", "Redis", nioCore, logging],
            resources: [
                "abandon", "admit", "amend", "append", "close", "committed", "create", "delete", "discard",
                "disown", "drop", "drop_mission", "drop_numbers", "grant", "hydrate", "hydrate_mission", "lease",
                "mission", "order", "raise", "recorded", "reseal", "reseal_mission", "retire", "settle",
                "settle_mission", "spend", "tidy", "touch", "update",
            ].map { .embedInCode("Scripts/\($0).lua") }, swiftSettings: served),

        // The durable tier, on SQLite.
        .systemLibrary(name: "CSQLite"),
        .target(
            name: "DurableTier", dependencies: ["SessionModel", "SessionCore", "CSQLite", grdb, logging],
            swiftSettings: served),

        // The way in.
        .target(name: "FastCGI", dependencies: [nioCore], swiftSettings: served),
        .target(
            name: "FastCGIServer", dependencies: ["FastCGI", nioCore, nioPosix, logging], swiftSettings: served),
        .target(name: "APIDescription", resources: [.embedInCode("openapi.yaml")], swiftSettings: strict),
        .target(
            name: "SessionAPI",
            dependencies: [
                "APIDescription", "SessionModel", "SessionCore", nioCore, logging, crypto, coreMetrics, jwtKit,
            ], swiftSettings: served),

        // The programs.
        .target(
            name: "SessionSettings", dependencies: ["SessionModel", "SessionCore", crypto, configuration, system],
            swiftSettings: served),
        .target(
            name: "SessionOptions", dependencies: ["SessionSettings", "Redis", arguments], swiftSettings: served),
        .target(name: "Terminal", swiftSettings: strict),
        .executableTarget(
            name: "sessiond",
            dependencies: [
                "SessionModel", "SessionCore", "HotTier", "DurableTier", "Redis", "FastCGI", "FastCGIServer",
                "SessionAPI", "SessionSettings", "SessionOptions", nioCore, nioPosix, logging, metrics, lifecycle,
                arguments,
            ], swiftSettings: served),
        .executableTarget(
            name: "sessionctl",
            dependencies: [
                "SessionModel", "SessionCore", "HotTier", "DurableTier", "Redis", "FastCGI", "SessionAPI",
                "SessionSettings", "SessionOptions", "Terminal", nioCore, nioPosix, logging, arguments,
            ], swiftSettings: strict),
        .target(
            name: "LoadTesting", dependencies: ["FastCGI", "Terminal", nioCore, crypto, histogram, yams],
            swiftSettings: strict),
        .executableTarget(
            name: "sessionload", dependencies: ["LoadTesting", "FastCGI", "Terminal", nioCore, nioPosix, arguments],
            swiftSettings: strict),

        // Tests.
        .target(
            name: "SessionTesting", dependencies: [nioCore, nioPosix, nioHTTP1, crypto], swiftSettings: strict),
        .testTarget(
            name: "SessionModelTests", dependencies: ["SessionModel", "SessionTesting"], swiftSettings: strict),
        .testTarget(
            name: "SessionCoreTests",
            dependencies: ["SessionCore", "SessionModel", "SessionTesting", crypto, logging, lifecycle],
            swiftSettings: strict),
        .testTarget(
            name: "HotTierTests",
            dependencies: ["HotTier", "SessionCore", "SessionModel", "Redis", "SessionTesting", nioPosix, logging],
            swiftSettings: strict),
        .testTarget(
            name: "SessionAPITests",
            dependencies: [
                "SessionAPI", "SessionCore", "SessionModel", crypto, cryptoExtras, logging, coreMetrics, nioCore,
            ],
            swiftSettings: strict),
        // The programs are there to be built with it: the tests start them.
        .testTarget(
            name: "ContractTests",
            dependencies: ["SessionTesting", "SessionAPI", "SessionModel", "sessiond", "sessionctl"],
            swiftSettings: strict),
        .testTarget(
            name: "RedisTests", dependencies: ["Redis", "SessionTesting", nioCore, nioPosix, logging],
            swiftSettings: strict),
        .testTarget(name: "FastCGITests", dependencies: ["FastCGI", nioCore], swiftSettings: strict),
        .testTarget(
            name: "FastCGIServerTests",
            dependencies: ["FastCGI", "FastCGIServer", nioCore, nioPosix, nioEmbedded, nioHelpers, logging],
            swiftSettings: strict),
        .testTarget(
            name: "DurableTierTests",
            dependencies: ["DurableTier", "SessionModel", "SessionCore", "CSQLite", grdb, logging],
            swiftSettings: strict),
        .testTarget(
            name: "LoadTestingTests",
            dependencies: [
                "LoadTesting", "FastCGI", "SessionTesting", "sessionload", "sessiond", nioCore, nioPosix, nioHTTP1,
            ],
            swiftSettings: strict),
        .testTarget(name: "TerminalTests", dependencies: ["Terminal"], swiftSettings: strict),
        .testTarget(
            name: "SessionTestingTests", dependencies: ["SessionTesting", "sessiond"], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["SessionCore", "SessionModel", "DurableTier", "SessionTesting", logging],
            exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "CrashTest", dependencies: ["SessionTesting", "SessionCore", "SessionModel", grdb, arguments],
            path: "Tests/CrashTest", swiftSettings: strict),
        .testTarget(
            name: "FaultTests", dependencies: ["SessionTesting", "CrashTest", "sessiond", "sessionctl", grdb],
            exclude: ["README.md"], swiftSettings: strict),
    ]
)
