// Files by their paths, for tests that put back, damage or remove them.
import Foundation

func copyFile(_ from: String, _ to: String) throws {
  try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to))
}

func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }
