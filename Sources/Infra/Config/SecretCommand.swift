// Runs a command that prints a secret: its words as they stand (no shell, no search path), nothing to read, its
// complaints thrown away lest they hold the secret, a bound on time and on output.
import Glibc

enum SecretCommand {
  static let timeLimit = Duration.seconds(10)

  static func run(_ words: [String], timeLimit: Duration = timeLimit) throws(SettingProblem) -> String {
    guard let program = words.first, program.hasPrefix("/") else {
      throw SettingProblem("a command begins with the absolute path of a program")
    }
    var pipes: [Int32] = [-1, -1]
    guard pipe(&pipes) == 0 else { throw failure("cannot make a pipe") }
    let (source, sink) = (pipes[0], pipes[1])
    defer { close(source) }
    _ = fcntl(source, F_SETFD, FD_CLOEXEC)
    _ = fcntl(sink, F_SETFD, FD_CLOEXEC)
    let child: pid_t
    do throws(SettingProblem) {
      child = try spawn(words, output: sink)
      close(sink)
    } catch {
      close(sink)
      throw error
    }
    let deadline = ContinuousClock.now + timeLimit
    let bytes = collect(source, until: deadline)
    // One that has said too much, or nothing in time, is not waited for.
    let isDone = bytes.map { $0.count <= SecretReader.limit } ?? false
    let status = end(child, until: isDone ? deadline : .now)
    if let bytes, !isDone { return try SecretReader.secret(in: bytes, from: "the command \(program)") }
    guard let bytes, let status else { throw SettingProblem("\(program) did not end within \(timeLimit.written)") }
    // wait(2): the low seven bits are the signal, the next byte the exit status.
    guard status & 0x7F == 0 else { throw SettingProblem("\(program) was ended by signal \(status & 0x7F)") }
    guard status >> 8 & 0xFF == 0 else { throw SettingProblem("\(program) ended with status \(status >> 8 & 0xFF)") }
    return try SecretReader.secret(in: bytes, from: "the command \(program)")
  }

  private static func spawn(_ words: [String], output: Int32) throws(SettingProblem) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // A group of its own, so that what it starts ends with it; signals as a fresh process has them.
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0
    let result = posix_spawn(&child, words[0], &actions, &attributes, &arguments, environ)
    guard result == 0 else { throw SettingProblem("cannot run \(words[0]): \(String(cString: strerror(result)))") }
    return child
  }

  /// What is written until the other end closes; nil when that takes too long. Reading stops one byte past the limit.
  private static func collect(_ source: Int32, until deadline: ContinuousClock.Instant) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while bytes.count <= SecretReader.limit {
      var waiting = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero, poll(&waiting, 1, Int32(left / .milliseconds(1)) + 1) > 0 else {
        if left > .zero, errno == EINTR { continue }
        return nil
      }
      let count = read(source, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// Waits for the child, and kills its group at the deadline; nil when it had to.
  private static func end(_ child: pid_t, until deadline: ContinuousClock.Instant) -> Int32? {
    var status: Int32 = 0
    while ContinuousClock.now < deadline {
      let ended = waitpid(child, &status, WNOHANG)
      if ended == child { return status }
      if ended < 0, errno != EINTR { return nil }
      usleep(2000)
    }
    kill(-child, SIGKILL)
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return nil
  }

  private static func failure(_ what: String) -> SettingProblem {
    SettingProblem("\(what): \(String(cString: strerror(errno)))")
  }
}
