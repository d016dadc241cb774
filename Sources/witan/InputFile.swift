// What a command reads from a file or, named `-`, from standard input.
import Config
import Foundation

enum InputFile {
  /// More than this is refused.
  static let mostBytes = 64 << 20

  static func handle(_ path: String) throws -> FileHandle {
    if path == "-" { return .standardInput }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw InputError.unreadable(path, String(cString: strerror(errno)))
    }
    return handle
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    let handle = try handle(path)
    defer { if path != "-" { try? handle.close() } }
    var bytes: [UInt8] = []
    while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
      bytes += chunk
      if bytes.count > mostBytes { throw InputError.tooLarge(path, limit: mostBytes) }
    }
    return bytes
  }
}

enum InputError: Error, Hashable, CustomStringConvertible {
  case unreadable(String, String)
  case tooLarge(String, limit: Int)

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .tooLarge(let path, let limit): "\(path): more than \(limit) bytes"
    }
  }
}
