// swift-tools-version: 6.2
import PackageDescription

// A package of its own: fuzzers are built with a sanitizer that `swift build` of the service does not need.
// `scripts/fuzz` builds and runs them. The service's own sources are linked into Sources/; they alone are instrumented.

let nio = "swift-nio"
let nioCore: Target.Dependency = .product(name: "NIOCore", package: nio)
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: nio)
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let jwtKit: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")

// Coverage for libFuzzer, and internals for the fuzzers to look into.
let instrumented: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])]

func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: ["FuzzSupport"] + dependencies,
        swiftSettings: [.unsafeFlags(["-sanitize=fuzzer"])],
        // Swift's usual linker fails at these objects.
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])])
}

let package = Package(
    name: "fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // The service's.
        .target(name: "SessionModel", swiftSettings: instrumented),
        .target(
            name: "SessionCore", dependencies: ["SessionModel", crypto, logging, metrics, lifecycle],
            swiftSettings: instrumented),
        .systemLibrary(name: "CHiredis"),
        .target(
            name: "Redis", dependencies: ["CHiredis", nioCore, nioPosix, logging], swiftSettings: instrumented),
        .target(name: "FastCGI", dependencies: [nioCore], swiftSettings: instrumented),
        .target(
            name: "FastCGIServer", dependencies: ["FastCGI", nioCore, nioPosix, logging],
            swiftSettings: instrumented),
        .target(name: "APIDescription", resources: [.embedInCode("openapi.yaml")]),
        .target(
            name: "SessionAPI",
            dependencies: [
                "APIDescription", "SessionModel", "SessionCore", nioCore, logging, crypto, coreMetrics, jwtKit,
            ], swiftSettings: instrumented),

        // The fuzzers.
        .systemLibrary(name: "CFuzzing"),
        .target(name: "FuzzSupport", dependencies: ["CFuzzing"]),
        fuzzer("FuzzFastCGI", ["FastCGI", nioCore]),
        fuzzer("FuzzRESP", ["Redis", nioCore]),
        fuzzer("FuzzJSON", ["SessionModel", "SessionCore", "SessionAPI"]),
        fuzzer("FuzzJWT", ["SessionModel", "SessionAPI", crypto, jwtKit, logging]),
        fuzzer("FuzzLog", ["SessionModel", "SessionCore"]),
        fuzzer("FuzzRequest", ["SessionModel", "SessionCore", "SessionAPI", "FastCGI", "FastCGIServer", nioCore]),
    ]
)
