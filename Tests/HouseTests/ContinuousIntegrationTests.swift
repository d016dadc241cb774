// `.ci/run` itself, on a package of two rooms and one test: green as it is, red when any one thing is broken.
import Foundation
import TestSupport
import Testing

@Suite("What must hold before anything lands")
struct ContinuousIntegrationTests {
  private static let isPossible = ProcessInfo.processInfo.environment["WITAN_SANITIZER"] == nil

  private static let good = [
    "Package.swift": """
    // swift-tools-version: 6.2
    import PackageDescription

    let package = Package(
      name: "small",
      targets: [
        .target(name: "Net", path: "Sources/Infra/Net"),
        .target(name: "Engine", dependencies: ["Net"], path: "Sources/Engine"),
        .testTarget(name: "EngineTests", dependencies: ["Engine"], path: "Tests/EngineTests"),
      ])

    """,
    "Sources/Infra/Net/Loop.swift": "// A room below.\n\npackage let loop = 1\n",
    "Sources/Engine/Case.swift": "// A room above.\nimport Net\n\npackage let seven = loop + 6\n",
    "Tests/EngineTests/CaseTests.swift":
      "// One test.\nimport Engine\nimport Testing\n\n@Test func holds() { #expect(seven == 7) }\n",
  ]

  @Test(
    "is shown by .ci/run: a broken floor rule, format rule or test each turns it red, and is named",
    .enabled(if: isPossible, "the toolchain is not what is looked at here"))
  func breaking() async throws {
    let folder = try TemporaryFolder()
    func put(_ files: [String: String]) throws {
      for (name, text) in files {
        let place = folder.file(name)
        try FileManager.default.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: place)
      }
    }
    for name in ["Makefile", "Tools", ".ci", ".swift-format"] {
      try FileManager.default.copyItem(at: Fixtures.packageRoot.appending(path: name), to: folder.file(name))
    }
    // What other tests of the house are run with is at hand already.
    try put(Self.good.merging([".build/python/complete": ""]) { $1 })
    func run() async throws -> (status: Int32, said: String) {
      let process = try RunningProcess(path: folder.file(".ci/run").path, [], folder: folder.url)
      let status = try await process.waitForExit(within: .seconds(300))
      return (status, process.standardOutput + process.standardError)
    }

    let green = try await run()
    #expect(green.status == 0, "\(green.said)")
    #expect(green.said.contains("---- closing lines") && green.said.contains("Test run with 1 test"), "\(green.said)")

    let broken = [
      (
        "Sources/Infra/Net/Loop.swift", "// A room below.\nimport Engine\n\npackage let loop = 1\n",
        "Loop.swift:2: 'Engine'"
      ),
      (
        "Sources/Engine/Case.swift", "// A room above.\nimport Net\n\npackage   let seven = loop + 6\n",
        "Case.swift:4:8: error"
      ),
      (
        "Tests/EngineTests/CaseTests.swift",
        "// One test.\nimport Engine\nimport Testing\n\n@Test func holds() { #expect(seven == 8) }\n",
        "CaseTests.swift:5"
      ),
    ]
    for (file, text, said) in broken {
      try put([file: text])
      let red = try await run()
      #expect(red.status != 0, "\(file)")
      #expect(red.said.contains(said), "\(red.said)")
      try put(Self.good)
    }
  }
}
