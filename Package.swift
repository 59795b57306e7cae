// swift-tools-version: 6.2

import PackageDescription

/// The compiler settings of every target.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// The commit that `version` reports; passed in, because output of git would be cached with this manifest.
let commit = Context.environment["ROLLOUT_HEAL_COMMIT"] ?? "unknown"

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "kubectl-rollout-heal",
    products: [
        .executable(name: "kubectl-rollout-heal", targets: ["kubectl-rollout-heal"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CYAML", pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),

        .target(name: "Platform", swiftSettings: settings),
        .target(name: "Formats", swiftSettings: settings),
        .target(name: "Documents", dependencies: ["CYAML", "Formats"], swiftSettings: settings),
        .target(name: "HTTPTransport", dependencies: ["CCurl", "Formats", "Platform"], swiftSettings: settings),
        .target(name: "KubeConfig", dependencies: ["Documents", "Formats", "Platform"], swiftSettings: settings),
        .target(
            name: "KubeClient",
            dependencies: ["Documents", "Formats", "HTTPTransport", "KubeConfig", subprocess, systemPackage],
            swiftSettings: settings),
        .target(name: "Rollouts", dependencies: ["Formats"], swiftSettings: settings),
        .target(
            name: "RolloutHeal", dependencies: ["Documents", "Formats", "KubeClient", "Rollouts"],
            swiftSettings: settings),
        .target(name: "CMemory"),
        .target(name: "Metrics", swiftSettings: settings),
        .target(name: "HealthServer", dependencies: ["Platform"], swiftSettings: settings),
        .target(name: "CBuildInfo", cSettings: [.define("BUILD_COMMIT", to: "\"\(commit.prefix(18))\"")]),
        .target(
            name: "Commands",
            dependencies: [
                "CBuildInfo", "CMemory", "Documents", "Formats", "HTTPTransport", "HealthServer", "KubeClient",
                "KubeConfig", "Metrics", "Platform", "RolloutHeal", "Rollouts",
                argumentParser, logging, unixSignals,
            ],
            swiftSettings: settings),
        .executableTarget(name: "kubectl-rollout-heal", dependencies: ["Commands"], swiftSettings: settings),

        .target(
            name: "TestSupport", dependencies: ["HTTPTransport", "KubeClient", subprocess], path: "Tests/TestSupport",
            swiftSettings: settings),
        .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: settings),
        .testTarget(name: "FormatsTests", dependencies: ["Formats"], swiftSettings: settings),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents"], swiftSettings: settings),
        .testTarget(
            name: "HTTPTransportTests", dependencies: ["Formats", "HTTPTransport", "TestSupport"],
            swiftSettings: settings),
        .testTarget(name: "KubeConfigTests", dependencies: ["Formats", "KubeConfig"], swiftSettings: settings),
        .testTarget(
            name: "KubeClientTests", dependencies: ["Formats", "KubeClient", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "RolloutsTests", dependencies: ["Formats", "Rollouts", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "RolloutHealTests", dependencies: ["Formats", "RolloutHeal", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics"], swiftSettings: settings),
        .testTarget(
            name: "HealthServerTests", dependencies: ["HealthServer", "HTTPTransport", "Platform", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "CommandsTests", dependencies: ["Commands", "Documents", "Formats", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Documents", "HTTPTransport", "KubeClient", "KubeConfig", "RolloutHeal", "Rollouts", "TestSupport",
            ],
            swiftSettings: settings),
    ]
)

/// The fuzzer needs sanitizer flags, which only `scripts/dev/fuzz` passes.
if Context.environment["ROLLOUT_HEAL_FUZZ"] != nil {
    package.targets.append(.target(name: "Driver", path: "Tests/Fuzz/Driver"))
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Commands", "Documents", "Driver", "Formats", "HTTPTransport", "HealthServer", "KubeClient",
                "KubeConfig", "Rollouts",
            ], path: "Tests/Fuzz/Targets", swiftSettings: settings))
}
