// swift-tools-version: 6.2
// The floors of the house: witan → API, Critics → Engine → Infra. Imports run downwards only (Tools/check-floors).
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableExperimentalFeature("Lifetimes"),
]

/// A library of the street `Sources/Infra`: it knows nothing of councils.
func infra(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Infra/\(name)", swiftSettings: strict)
}

/// A C library from Debian's packages, seen through a module map.
func system(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Infra/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], data: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)", exclude: data,
    swiftSettings: strict)
}

let package = Package(
  name: "witan",
  products: [.library(name: "WitanClient", targets: ["WitanClient"])],
  targets: [
    .target(
      name: "WitanClient", dependencies: ["Crypto", "TransparencyLog"], path: "clients/swift/WitanClient",
      swiftSettings: strict),
    system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    // Without pkg-config, whose flags for it SwiftPM does not take.
    .systemLibrary(name: "CHiredis", path: "Sources/Infra/CHiredis", providers: [.apt(["libhiredis-dev"])]),
    .target(name: "CLinux", path: "Sources/Infra/CLinux"),
    .target(name: "CEd25519", path: "Sources/Infra/CEd25519"),
    .target(name: "CSHA256", path: "Sources/Infra/CSHA256"),

    infra("Locking", ["CLinux"]),
    tests("LockingTests", ["Locking"]),
    infra("Net", ["CLinux", "Locking"]),
    infra("HTTP", ["COpenSSL", "CZlib", "JSON", "Locking", "Net", "TraceContext"]),
    infra("TLS", ["COpenSSL", "Crypto", "Locking", "Net"]),
    tests("TLSTests", ["HTTP", "Net", "TLS"]),
    infra("Resilience", ["Locking"]),
    tests("ResilienceTests", ["Locking", "Resilience"]),
    infra("Redis", ["CHiredis", "CLinux", "COpenSSL", "Crypto", "Locking", "Net", "Resilience", "TLS"]),
    tests("RedisTests", ["Locking", "Net", "Redis", "Resilience", "TLS"]),
    infra("Sharing", ["Crypto", "JSON", "Locking", "Net", "Redis", "Resilience", "Signatures"]),
    tests("SharingTests", ["Crypto", "Locking", "Net", "Redis", "Resilience", "Sharing", "Signatures"]),
    infra("HTTPClient", ["CCurl", "Locking", "Net", "Resilience"]),
    tests("HTTPClientTests", ["HTTPClient", "Net"]),
    tests("NetTests", ["CLinux", "Locking", "Net"]),
    tests("HTTPTests", ["HTTP", "JSON", "Locking", "Net"]),
    infra("YAML", ["CYAML"]),
    infra("Config", ["JSON", "Locking", "YAML"]),
    infra("TraceContext", ["CLinux"]),
    infra("Telemetry", ["CLinux", "CZlib", "Config", "JSON", "Locking", "Resilience", "TraceContext"]),
    infra("Crypto", ["CEd25519", "CLinux", "COpenSSL", "CSHA256", "Locking"]),
    infra("JSON"),
    tests("CryptoTests", ["CEd25519", "Crypto"]),
    infra("Signatures", ["Crypto", "Locking", "Resilience"]),
    tests("SignaturesTests", ["Signatures", "Crypto", "Locking", "Resilience"]),
    infra("Tokens", ["Crypto", "JSON", "Locking"]),
    tests("TokensTests", ["Tokens", "Crypto", "JSON", "COpenSSL", "Locking"]),
    tests("JSONTests", ["JSON", "Crypto"]),
    infra("TransparencyLog", ["Crypto"]),
    tests("TransparencyLogTests", ["TransparencyLog", "Crypto"]),

    .target(name: "CGatheringDisk", dependencies: ["CSQLite"], path: "Sources/Infra/CGatheringDisk"),
    infra("Storage", ["CGatheringDisk", "CSQLite", "Locking"]),
    .target(
      name: "Ledger", dependencies: ["Storage", "TransparencyLog", "Crypto", "JSON", "CLinux", "Locking"],
      path: "Sources/Engine/Ledger", swiftSettings: strict),
    infra("Cache", ["Locking"]),
    tests("CacheTests", ["Cache"]),
    .target(
      name: "Engine",
      dependencies: ["Cache", "Crypto", "JSON", "Ledger", "Locking", "Resilience", "Storage", "Tokens", "YAML"],
      path: "Sources/Engine", exclude: ["Chamber", "Ledger"],
      swiftSettings: strict),
    tests(
      "EngineTests",
      [
        "Cache", "CFaultyDisk", "Chamber", "Crypto", "Engine", "JSON", "Ledger", "Locking", "Resilience", "Tokens",
        "TransparencyLog",
      ]),
    .target(name: "CFaultyDisk", dependencies: ["CSQLite"], path: "Tests/CFaultyDisk"),
    .executableTarget(
      name: "ledger-writer", dependencies: ["Ledger"], path: "Tests/LedgerWriter", swiftSettings: strict),
    tests(
      "LedgerTests", ["CFaultyDisk", "Crypto", "JSON", "Ledger", "ledger-writer", "Storage", "TransparencyLog"]),

    .target(
      name: "Evidence", dependencies: ["Engine", "Locking"], path: "Sources/Critics/Evidence", swiftSettings: strict),
    .executableTarget(
      name: "evidence-scores", dependencies: ["Evidence"], path: "Tools/tuning/scores", swiftSettings: strict),
    .target(
      name: "Critics", dependencies: ["Engine", "Evidence", "JSON", "Resilience"], path: "Sources/Critics",
      exclude: ["Evaluation", "Evidence"], swiftSettings: strict),
    .target(
      name: "Evaluation", dependencies: ["Engine", "JSON"], path: "Sources/Critics/Evaluation", swiftSettings: strict),
    tests("EvaluationTests", ["Critics", "Engine", "Evaluation", "Evidence", "JSON"]),
    tests(
      "CriticsTests", ["Critics", "Crypto", "Engine", "Evidence", "JSON", "Locking", "Resilience", "YAML"],
      data: ["Cases"]),
    tests("EvidenceTests", ["Evidence", "Engine"], data: ["Examples"]),

    .target(
      name: "Chamber",
      dependencies: [
        "Cache", "Crypto", "Engine", "JSON", "Ledger", "Locking", "Resilience", "Tokens", "TransparencyLog",
      ],
      path: "Sources/Engine/Chamber", swiftSettings: strict),
    .target(
      name: "API",
      dependencies: [
        "Chamber", "Crypto", "Engine", "Ledger", "HTTP", "JSON", "Locking", "Net", "Resilience", "Signatures", "Tokens",
        "TransparencyLog",
      ],
      path: "Sources/API", swiftSettings: strict),

    tests("APITests", ["API", "Chamber", "Engine", "JSON", "Ledger"]),

    .executableTarget(
      name: "httpd-echo", dependencies: ["HTTP", "JSON", "Net", "TLS"], path: "Sources/httpd-echo",
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["CFaultyDisk", "Locking"], path: "Tests/TestSupport", swiftSettings: strict),
    tests("HouseTests", []),
    .testTarget(
      name: "EndToEnd",
      dependencies: [
        "Crypto", "HTTP", "HTTPClient", "httpd-echo", "Ledger", "Locking", "Net", "Resilience", "TestSupport",
        "TransparencyLog", "WitanClient", "witan",
      ],
      path: "Tests/EndToEnd",
      swiftSettings: strict),
    tests("YAMLTests", ["YAML"]),
    tests("ConfigTests", ["Config", "YAML"]),
    tests("TelemetryTests", ["Telemetry", "Config", "JSON", "Locking", "Resilience", "TraceContext"]),
    .executableTarget(
      name: "witan",
      dependencies: [
        "API", "Cache", "Chamber", "CLinux", "Config", "COpenSSL", "Critics", "Crypto", "CSQLite", "Engine",
        "Evaluation", "Evidence", "HTTP", "HTTPClient", "JSON", "Ledger", "Locking", "Net", "Redis", "Resilience",
        "Sharing", "Signatures", "Telemetry", "TLS", "Tokens", "TraceContext", "TransparencyLog",
      ], path: "Sources/witan", swiftSettings: strict),
    .executableTarget(
      name: "witan-bench",
      dependencies: [
        "Cache", "COpenSSL", "Critics", "Crypto", "Engine", "Evidence", "httpd-echo", "JSON", "Ledger", "Locking",
        "Net", "Redis", "Resilience", "Sharing", "Storage", "Telemetry", "Tokens", "TraceContext", "TransparencyLog",
      ],
      path: "Benchmarks", swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// Fuzzing needs the compiler's fuzzer; Tools/fuzz builds this target, and nothing else sees it.
if Context.environment["WITAN_FUZZ"] != nil {
  package.targets += [
    .systemLibrary(name: "CFuzzer", path: "Fuzz/CFuzzer"),
    .executableTarget(
      name: "witan-fuzz", dependencies: ["CFuzzer", "Crypto", "HTTP", "JSON", "Tokens"], path: "Fuzz",
      exclude: ["CFuzzer", "Dictionaries"],
      swiftSettings: strict),
  ]
}
