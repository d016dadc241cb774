// Why a key file was not read or written, or a file not erased, in words that tell its owner what to do.
import Glibc

package enum FileError: Error, Equatable, Sendable, CustomStringConvertible {
  case missing(path: String)
  case exists(path: String)
  /// Others than the owner may read or change it; `mode` holds the permission bits.
  case openToOthers(path: String, mode: UInt32)
  case ownedBySomebodyElse(path: String, owner: UInt32, expected: UInt32)
  case notAFile(path: String)
  case tooLong(path: String, limit: Int)
  /// The same bytes are reachable under other names, which erasing would silently ruin.
  case hasOtherNames(path: String, count: Int)
  /// The file was read, and its content is not what it should be.
  case unreadable(path: String, reason: CryptoError)
  /// There was no key, and none could be made.
  case notMade(path: String, reason: CryptoError)
  case system(operation: String, path: String, code: Int32)

  package var description: String {
    switch self {
    case .missing(let path): "\(path) does not exist"
    case .exists(let path): "\(path) exists already and is not overwritten"
    case .openToOthers(let path, let mode):
      "\(path) has mode \(FileError.octal(mode)): a key must be closed to others; run: chmod 600 \(path)"
    case .ownedBySomebodyElse(let path, let owner, let expected):
      "\(path) belongs to user \(owner), not to user \(expected) who runs this program; a key must be its reader's own"
    case .notAFile(let path): "\(path) is not a regular file"
    case .tooLong(let path, let limit): "\(path) is longer than \(limit) bytes"
    case .hasOtherNames(let path, let count):
      "\(path) has \(count) names (hard links); remove the others before erasing it"
    case .unreadable(let path, let reason): "\(path) cannot be used: \(reason)"
    case .notMade(let path, let reason): "no key could be made for \(path): \(reason)"
    case .system(let operation, let path, let code):
      "cannot \(operation) \(path): \(String(cString: strerror(code)))"
    }
  }

  private static func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// The error for a system call that has just failed.
  static func last(_ operation: String, _ path: String) -> FileError {
    errno == ENOENT ? .missing(path: path) : .system(operation: operation, path: path, code: errno)
  }
}
