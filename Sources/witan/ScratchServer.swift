// A server of one's own for a while: this very program, started on a free port with a new data folder, and ended with
// everything that it wrote.
import Config
import Critics
import Glibc

/// A new folder, removed with all that is in it.
struct ScratchFolder {
  let path: String

  init(in parent: String) throws {
    var template = Array("\(parent)/witan-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw UsageError(
        "\(parent): no folder can be made here (\(String(cString: strerror(errno)))); name one with --in")
    }
    path = template.withUnsafeBufferPointer { buffer in
      String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  func remove() { Self.remove(path) }

  /// Removes a folder and what is in it; links are removed and not followed.
  private static func remove(_ path: String) {
    guard let opened = opendir(path) else { return }
    var names: [String] = []
    while let entry = readdir(opened) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append("\(path)/\(name)") }
    }
    closedir(opened)
    for name in names {
      var status = stat()
      if lstat(name, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { remove(name) } else { unlink(name) }
    }
    rmdir(path)
  }
}

final class ScratchServer {
  let port: UInt16
  private let process: pid_t
  private let output: Int32

  /// Starts `witan serve` with the built-in constitution, whatever lies in the current folder, and waits until it listens.
  init(data: String) throws {
    let policies = open("\(data)/\(Policies.fileName)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard policies >= 0 else { throw BenchFailure("\(data): \(String(cString: strerror(errno)))") }
    writeText(String(decoding: BuiltInConstitution.document, as: UTF8.self), to: policies)
    close(policies)
    var pipes: [Int32] = [-1, -1]
    guard pipe(&pipes) == 0 else { throw BenchFailure("no pipe: \(String(cString: strerror(errno)))") }
    output = pipes[0]
    _ = fcntl(pipes[0], F_SETFD, FD_CLOEXEC)
    process = try Self.start(
      ["serve", "--listen", "127.0.0.1:0", "--data", data, "--policies", data], output: pipes[1])
    close(pipes[1])
    guard let port = Self.port(in: output) else {
      kill(process, SIGKILL)
      throw BenchFailure("the server did not start; `witan serve --data DIR` says why")
    }
    self.port = port
  }

  private static func start(_ arguments: [String], output: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var words: [UnsafeMutablePointer<CChar>?] = (["witan"] + arguments).map { strdup($0) } + [nil]
    let kept = ConfigurationSources.processEnvironment().filter { !$0.key.hasPrefix("WITAN_") }
    var variables: [UnsafeMutablePointer<CChar>?] =
      kept.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for each in words + variables { free(each) } }
    var process: pid_t = 0
    let result = posix_spawn(&process, "/proc/self/exe", &actions, nil, &words, &variables)
    guard result == 0 else { throw BenchFailure("the server cannot be started: \(String(cString: strerror(result)))") }
    return process
  }

  /// Reads the greeting as far as the line that ends with the port.
  private static func port(in output: Int32) -> UInt16? {
    var text = ""
    var chunk = [UInt8](repeating: 0, count: 4096)
    while text.utf8.count < 65_536 {
      var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 30_000) > 0 else { return nil }
      let count = read(output, &chunk, chunk.count)
      if count <= 0 { return nil }
      text += String(decoding: chunk[..<count], as: UTF8.self)
      if let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first {
        return line.split(separator: ":").last.flatMap { UInt16($0) }
      }
    }
    return nil
  }

  /// The most memory that the server has held, in kilobytes.
  var peakMemory: Int {
    guard let file = fopen("/proc/\(process)/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, 512, file) != nil {
      let text = line.withUnsafeBufferPointer { buffer in
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
      if text.hasPrefix("VmHWM:") { return text.split(separator: " ").compactMap { Int($0) }.first ?? 0 }
    }
    return 0
  }

  func end() {
    kill(process, SIGTERM)
    var status: Int32 = 0
    // It stops within its drain deadline; nobody asks it anything any more.
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    close(output)
  }
}

struct BenchFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
