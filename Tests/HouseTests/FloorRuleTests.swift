// The floor rule is a check of `make lint`; these tests hold the check itself to its word.
import Foundation
import TestSupport
import Testing

@Suite("The floor rule")
struct FloorRuleTests {
  private func verdict(_ files: [String: String]) async throws -> (status: Int32, output: String) {
    let folder = try TemporaryFolder()
    for room in ["Sources/Infra/Net", "Sources/Engine", "Sources/Critics", "Sources/API", "Sources/witan"] {
      try FileManager.default.createDirectory(at: folder.file(room), withIntermediateDirectories: true)
    }
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.file(name))
    }
    let check = try RunningProcess(
      path: Fixtures.packageRoot.appending(path: "Tools/check-floors").path, [folder.path])
    let status = try await check.waitForExit()
    return (status, check.standardOutput)
  }

  @Test("imports that run downwards pass")
  func downwards() async throws {
    let found = try await verdict([
      "Sources/Engine/Case.swift": "import Net\n",
      "Sources/API/Routes.swift": "package import Engine\nimport Net\n",
      "Sources/witan/Serve.swift": "import API\nimport Critics\n",
    ])
    #expect(found.status == 0, "\(found.output)")
  }

  @Test(
    "an import that runs upwards or sideways fails and is named",
    arguments: [
      ("Sources/Infra/Net/Loop.swift", "import Engine", "Engine"),
      ("Sources/Engine/Case.swift", "@preconcurrency import Critics", "Critics"),
      ("Sources/API/Routes.swift", "import struct Critics.Rights", "Critics"),
      ("Sources/Critics/Rights.swift", "internal import API", "API"),
      ("Sources/Infra/Net/Loop.swift", "import Critics // import Net", "Critics"),
      ("Sources/Infra/Net/Loop.swift", "/* below */ import Critics", "Critics"),
      ("Sources/Infra/Net/Loop.swift", "@_spi(A1) import Critics", "Critics"),
      ("Sources/Infra/Net/Loop.swift", "import `Critics`", "Critics"),
    ])
  func upwards(file: String, line: String, module: String) async throws {
    let found = try await verdict([file: "// A comment.\n\(line)\n"])
    #expect(found.status == 1)
    #expect(found.output.contains("\(file):2: '\(module)'"))
  }

  @Test("this package keeps the rule")
  func ownSources() async throws {
    let check = try RunningProcess(path: Fixtures.packageRoot.appending(path: "Tools/check-floors").path, [])
    let status = try await check.waitForExit()
    #expect(status == 0, "\(check.standardOutput)")
  }
}
