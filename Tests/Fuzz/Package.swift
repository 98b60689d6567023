// swift-tools-version: 6.2
import PackageDescription

// A package of its own: fuzzers are built with a sanitizer that `swift build` of the service does not need.
// `scripts/fuzz` builds and runs it. Sources/FastCGI is a link to the service's own source.
let package = Package(
    name: "fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.101.2")],
    targets: [
        .target(name: "FastCGI", dependencies: [.product(name: "NIOCore", package: "swift-nio")]),
        .executableTarget(
            name: "FuzzFastCGI",
            dependencies: ["FastCGI", .product(name: "NIOCore", package: "swift-nio")],
            // libFuzzer has the main function.
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        ),
    ]
)
