// One lock for the whole house is a check of `make lint`; these tests hold the check itself to its word.
import Foundation
import TestSupport
import Testing

@Suite("The rule of the one lock")
struct LockRuleTests {
  private func verdict(_ file: String, _ text: String) async throws -> (status: Int32, output: String) {
    let folder = try TemporaryFolder()
    let place = folder.file(file)
    try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: place)
    let check = try RunningProcess(
      path: Fixtures.packageRoot.appending(path: "Tools/check-locks").path, [folder.path])
    return (try await check.waitForExit(), check.standardOutput)
  }

  @Test(
    "a lock that the thread sanitizer cannot see into is named",
    arguments: [
      "private let state = Mutex(State())", "let state: Mutex<State>", "let state: Synchronization.Mutex<State>",
      "private static let starting = NSLock()", "pthread_mutex_init(mutex, nil)",
    ])
  func otherLocks(line: String) async throws {
    let found = try await verdict("Sources/Infra/Net/Loop.swift", "import Glibc\n  \(line)\n")
    #expect(found.status == 1)
    #expect(found.output.hasPrefix("Sources/Infra/Net/Loop.swift:2: "), "\(found.output)")
  }

  @Test("the house's own lock, the room that it is made in, and what comments say pass")
  func ownLock() async throws {
    #expect(try await verdict("Sources/Infra/Net/Loop.swift", "let state = Locked(State())\n").status == 0)
    #expect(try await verdict("Sources/Infra/Locking/Locked.swift", "pthread_mutex_lock(mutex)\n").status == 0)
    #expect(try await verdict("Sources/Infra/Net/Loop.swift", "// not a Mutex<State>\n").status == 0)
  }

  @Test("this package keeps the rule")
  func ownSources() async throws {
    let check = try RunningProcess(path: Fixtures.packageRoot.appending(path: "Tools/check-locks").path, [])
    let status = try await check.waitForExit()
    #expect(status == 0, "\(check.standardOutput)")
  }
}
