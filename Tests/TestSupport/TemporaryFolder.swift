// A folder of its own for a test, removed with everything in it when its handle goes away.
import Foundation

package final class TemporaryFolder: Sendable {
  package let url: URL

  package init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "witan-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  package var path: String { url.path }

  package func file(_ name: String) -> URL { url.appending(path: name) }
}
