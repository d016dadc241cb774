// The constitution in force: from a folder of policies if there is one, else the one that is built into the program, so
// that `serve` works without any file.
import Engine
import Foundation

package enum BuiltInConstitution {
  /// The shipped constitution, read once.
  package static let constitution: Constitution = {
    do throws(ConstitutionErrors) {
      return try Policies.read(Array(text.utf8), file: "built-in constitution")
    } catch {
      // A test reads this very text; it is a part of the program and cannot differ at run time.
      fatalError(error.description)
    }
  }()

  /// The bytes of the shipped document, comments and all.
  package static var document: [UInt8] { Array(text.utf8) }
}

/// Reading constitutions as this program's critics need them.
package enum Policies {
  /// The file that a folder of policies holds.
  package static let fileName = "constitution.yaml"
  /// A larger file is refused.
  package static let mostBytes = 4 << 20

  /// A constitution in YAML or JSON, held to the critics and detectors of this program.
  package static func read(_ bytes: [UInt8], file: String) throws(ConstitutionErrors) -> Constitution {
    try Constitution.read(bytes, file: file, seats: Bench.seats, detectors: Bench.detectors)
  }

  /// The constitution in a file, or in the file `constitution.yaml` of a folder.
  package static func load(_ path: String) throws -> Constitution {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists else { throw PoliciesError.missing(path) }
    let file = isFolder.boolValue ? path + "/" + fileName : path
    guard let handle = FileHandle(forReadingAtPath: file) else { throw PoliciesError.unreadable(file) }
    defer { try? handle.close() }
    let data = try handle.read(upToCount: mostBytes + 1) ?? Data()
    guard data.count <= mostBytes else { throw PoliciesError.tooLarge(file, limit: mostBytes) }
    return try read([UInt8](data), file: file)
  }

  /// The constitution of a folder if it holds one, else the built-in one.
  package static func loadOrBuiltIn(_ folder: String) throws -> Constitution {
    FileManager.default.fileExists(atPath: folder + "/" + fileName)
      ? try load(folder) : BuiltInConstitution.constitution
  }
}

package enum PoliciesError: Error, Hashable, Sendable, CustomStringConvertible {
  case missing(String)
  case unreadable(String)
  case tooLarge(String, limit: Int)

  package var description: String {
    switch self {
    case .missing(let path): "\(path): there is no such file or folder"
    case .unreadable(let path): "\(path): cannot be read"
    case .tooLarge(let path, let limit): "\(path): larger than \(limit) bytes"
    }
  }
}
