// The constitution that is built into the program, and folders that hold another.
import Foundation
import Testing

@testable import Critics
@testable import Engine

@Suite("Built-in policies")
struct BuiltInTests {
  @Test("the built-in text is policies/constitution.yaml")
  func equal() throws {
    #expect(Shipped.text == BuiltInConstitution.text + "\n", "run Tools/embed-policies")
    #expect(!BuiltInConstitution.constitution.version.isEmpty)
  }

  @Test("a folder's constitution comes before the built-in one, and a bad one is refused rather than replaced")
  func folder() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "policies-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try Policies.loadOrBuiltIn(folder.path).version == BuiltInConstitution.constitution.version)
    let file = folder.appending(path: Policies.fileName)
    try Shipped.text.replacing("{valid_seconds: 300}", with: "{valid_seconds: 60}").write(
      to: file, atomically: true, encoding: .utf8)
    #expect(try Policies.loadOrBuiltIn(folder.path).permitSeconds == 60)
    try "format: 2".write(to: file, atomically: true, encoding: .utf8)
    #expect(throws: ConstitutionErrors.self) { try Policies.loadOrBuiltIn(folder.path) }
    #expect(throws: PoliciesError.missing("/nowhere")) { try Policies.load("/nowhere") }
  }
}
