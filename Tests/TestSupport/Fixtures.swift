// Conformance cases and labelled texts live outside the package, in a folder named by WITAN_FIXTURES (default: `shared`
// beside the checkout). A test that needs one says so by name and is skipped where the folder is missing.
import Foundation

package enum Fixtures {
  /// The root of this package's checkout.
  package static let packageRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static let root: URL = {
    if let named = ProcessInfo.processInfo.environment["WITAN_FIXTURES"] { return URL(filePath: named) }
    return packageRoot.deletingLastPathComponent().appending(path: "shared")
  }()

  /// The folder or file at `path` below the fixture root, or nil where it is not present.
  package static func url(_ path: String) -> URL? {
    let url = root.appending(path: path)
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }

  /// For `.enabled(if:)`: whether the fixture is there; says on standard error which one is missing.
  package static func present(_ path: String) -> Bool {
    if url(path) != nil { return true }
    FileHandle.standardError.write(Data("skipped: \(path) not present\n".utf8))
    return false
  }
}
