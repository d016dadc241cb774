// Reads small files whole: secrets, and the configuration itself.
import Glibc

enum SecretFile {
  static func read(_ path: String) throws(SettingProblem) -> String {
    try SecretReader.secret(in: contents(path, limit: SecretReader.limit), from: "the file \(path)")
  }

  /// The bytes of a regular file, at most `limit` of them.
  static func contents(_ path: String, limit: Int) throws(SettingProblem) -> [UInt8] {
    // Non-blocking, so that opening a pipe by mistake cannot hang the start.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw SettingProblem("\(path) is not a regular file") }
    guard status.st_size <= limit else { throw SettingProblem("\(path) has more than \(limit) bytes") }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var count = 0
    while count <= limit {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, limit + 1 - count) }
      if got < 0 {
        if errno == EINTR { continue }
        throw failure(path)
      }
      if got == 0 { break }
      count += got
    }
    guard count <= limit else { throw SettingProblem("\(path) has more than \(limit) bytes") }
    return Array(bytes[..<count])
  }

  private static func failure(_ path: String) -> SettingProblem {
    SettingProblem("cannot read \(path): \(String(cString: strerror(errno)))")
  }
}
