// One shell statement, split into words: quotes and backslashes removed, options kept, the end found at `;`, `|`, `&` or the
// end of the line.

struct Statement {
  private(set) var words: [String] = []
  let start: Int
  private(set) var end: Int
  /// Its output becomes the input of a shell.
  private(set) var flowsIntoShell = false
  private(set) var overwritesDevice = false
  private(set) var opensReverseShell = false
  var dryRun: Bool {
    words.contains {
      $0 == "--dry-run" || $0 == "--dryrun" || $0 == "-whatif" || $0 == "--what-if"
        || $0.hasPrefix("--dry-run=") && $0 != "--dry-run=none" || $0 == "--help" || $0 == "--check"
    }
  }
  let privileged: Bool
  let fromArguments: Bool

  init(_ text: TextView, _ start: Int, nameEnd: Int) {
    self.start = start
    end = start
    let bytes = text.bytes
    var before = start
    while before > 0, bytes[before - 1] == 0x20 { before -= 1 }
    func precedes(_ word: String) -> Bool {
      let size = word.utf8.count
      guard before >= size else { return false }
      return zip(word.utf8, before - size..<before).allSatisfy { $0.0 == bytes[$0.1] }
    }
    privileged = precedes("sudo")
    fromArguments = precedes("xargs") || precedes("exec") || precedes("-0") || precedes("-r")
    read(text, nameEnd)
  }

  private mutating func read(_ text: TextView, _ nameEnd: Int) {
    let bytes = text.bytes
    let limit = min(text.count, start + CommandReader.statementLimit)
    var word: [UInt8] = []
    var quote: UInt8 = 0
    var index = start
    func isStop(_ byte: UInt8) -> Bool { byte == 0x3b || byte == 0x7c || byte == 0x26 || byte == 0x0a || byte == 0x60 }
    func close(_ words: inout [String], _ word: inout [UInt8]) {
      if !word.isEmpty, words.count < CommandReader.wordLimit {
        words.append(String(decoding: word, as: UTF8.self))
      }
      word.removeAll(keepingCapacity: true)
    }
    while index < limit {
      let byte = bytes[index]
      // The quote behind a quoted command name closes; it opens nothing.
      if index == nameEnd, byte == 0x22 || byte == 0x27 {
        close(&words, &word)
        index += 1
        continue
      }
      if quote != 0 {
        if byte == quote { quote = 0 } else { word.append(Self.fold(byte, words.count, word)) }
      } else if byte == 0x22 || byte == 0x27 {
        quote = byte
      } else if byte == 0x5c, bytes[index + 1] == 0x0a {
        index += 1
      } else if byte == 0x20 || byte == 0x09 || byte == 0x29 {
        close(&words, &word)
      } else if isStop(byte) {
        // `2>&1` and `&>` join, they do not separate.
        if byte == 0x26, index > start, bytes[index - 1] == 0x3e || bytes[index + 1] == 0x3e {
          word.append(byte)
        } else {
          break
        }
      } else {
        word.append(Self.fold(byte, words.count, word))
      }
      index += 1
    }
    close(&words, &word)
    end = index
    while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
    flowsIntoShell = index < limit && bytes[index] == 0x7c && Self.shellFollows(text, index + 1)
    redirection()
  }

  /// Commands and long options are read in lower case; short options and paths keep theirs.
  private static func fold(_ byte: UInt8, _ count: Int, _ word: [UInt8]) -> UInt8 {
    guard (0x41...0x5a).contains(byte) else { return byte }
    if count == 0 { return byte | 0x20 }
    let short = word.first == 0x2d && word.count <= 2 && (word.count < 2 || word[1] != 0x2d)
    return short ? byte : byte | 0x20
  }

  private static func shellFollows(_ text: TextView, _ place: Int) -> Bool {
    var index = place
    while index < text.count, text.bytes[index] == 0x20 || text.bytes[index] == 0x7c { index += 1 }
    let next = text.string(index, min(text.count, index + 24))
    return [
      "bash", "sh ", "sh\n", "sudo bash", "sudo sh", "zsh", "python", "perl", "ruby", "node", "iex", "/bin/sh",
      "/bin/bash", "powershell",
    ]
    .contains { next.hasPrefix($0) } || next == "sh"
  }

  private mutating func redirection() {
    for (place, word) in words.enumerated() {
      var target = word
      if word.hasPrefix(">") { target = String(word.drop { $0 == ">" || $0 == "&" }) }
      if target.isEmpty, place + 1 < words.count { target = words[place + 1] }
      guard word.hasPrefix(">") else {
        if word.contains("/dev/tcp/") || word.contains("/dev/udp/") { opensReverseShell = true }
        continue
      }
      if ["/dev/sd", "/dev/hd", "/dev/nvme", "/dev/vd", "/dev/mmc", "/dev/xvd"].contains(where: target.hasPrefix) {
        overwritesDevice = true
      }
      if target.hasPrefix("/dev/tcp/") || target.hasPrefix("/dev/udp/") { opensReverseShell = true }
    }
    if ["nc", "ncat", "netcat"].contains(words.first ?? ""), words.contains("-e") || words.contains("-c") {
      opensReverseShell = true
    }
  }
}

/// The removal of files, judged by what is removed.
enum Removal {
  private static let harmless = [
    "node_modules", "dist", "build", "target", "__pycache__", ".cache", "coverage", ".pytest_cache", ".next", "tmp",
    "/tmp/",
    "out", "obj", ".venv", "venv", "*.pyc", "*.o", "*.log", "*.tmp", "*~", ".ds_store", "*.bak", "/var/tmp/", "./build",
    "./dist", "./node_modules", "./target", "./out", "*.class", "cmakefiles", ".tox", ".mypy_cache", ".gradle",
    ".turbo",
  ]
  private static let system = [
    "/etc", "/usr", "/var", "/bin", "/sbin", "/boot", "/lib", "/home", "/root", "/opt", "/sys", "/proc", "/dev", "/srv",
    "/mnt", "/data", "/system", "/library", "/users", "/applications", "c:", "/lib64", "/media", "/windows",
  ]

  static func judge(_ words: [String], _ statement: Statement) -> (strength: Float, kind: String)? {
    var recursive = false
    var forced = false
    var targets: [String] = []
    for word in words {
      if word == "--no-preserve-root" { return (0.98, "delete_files") }
      if word.hasPrefix("--") {
        if word == "--recursive" { recursive = true }
        if word == "--force" { forced = true }
      } else if word.hasPrefix("-") {
        if word.utf8.contains(0x72) || word.utf8.contains(0x52) { recursive = true }
        if word.utf8.contains(0x66) { forced = true }
      } else if !word.hasPrefix("2>"), !word.hasPrefix(">") {
        targets.append(word)
      }
    }
    guard recursive || forced || statement.privileged || statement.fromArguments else { return nil }
    var worst: Float = statement.fromArguments ? (recursive || forced ? 0.44 : 0.35) : 0
    for target in targets { worst = max(worst, danger(target, recursive: recursive, forced: forced)) }
    if worst == 0 { return nil }
    return (statement.privileged ? min(0.98, worst + 0.1) : worst, "delete_files")
  }

  private static func danger(_ target: String, recursive: Bool, forced: Bool) -> Float {
    let path = target.hasSuffix("/") && target.count > 1 ? String(target.dropLast()) : target
    if [
      "/", "/*", "~", "~/*", "*", ".", "..", "./*", "../*", "$home", "${home}", "$home/*", ".*", "/.", "c:\\",
      "%userprofile%",
    ].contains(path) {
      return recursive ? 0.96 : 0.6
    }
    if path.hasPrefix("/tmp/") || path.hasPrefix("/var/tmp/") || path.hasPrefix("$tmp") || path.hasPrefix("${tmp") {
      return path.contains("..") ? 0.8 : recursive ? 0.2 : 0.1
    }
    if harmless.contains(path) || harmless.contains(where: { path.hasSuffix("/" + $0) }) {
      return recursive ? 0.2 : 0.1
    }
    if system.contains(path) || system.contains(where: { path == $0 + "/*" }) { return recursive ? 0.96 : 0.7 }
    if system.contains(where: { path.hasPrefix($0 + "/") }) { return recursive ? 0.82 : 0.55 }
    if path.hasPrefix("~") || path.hasPrefix("$home") || path.hasPrefix("/") { return recursive ? 0.78 : 0.5 }
    if path.hasPrefix("$") || path.contains("..") { return recursive ? 0.72 : 0.45 }
    if path.hasPrefix(".git") || path.hasPrefix(".ssh") || path.contains("backup") || path.contains("prod") {
      return recursive ? 0.75 : 0.5
    }
    return recursive ? (forced ? 0.55 : 0.45) : 0.22
  }

  /// What narrows a search to some of the files.
  private static let tests: Set<String> = [
    "-name", "-iname", "-mtime", "-empty", "-size", "-regex", "-iregex", "-path", "-ipath", "-wholename", "-atime",
    "-ctime", "-inum", "-mmin", "-amin", "-cmin", "-links", "-samefile", "-xtype", "-user", "-group", "-perm", "-l",
    "-lname", "-used", "-maxdepth", "-newer",
  ]

  /// `find … -delete`, `find … -exec rm`.
  static func find(_ words: [String]) -> (strength: Float, kind: String)? {
    guard
      words.contains("-delete")
        || words.contains("-exec") && words.contains(where: { $0 == "rm" || $0 == "shred" || $0 == "/bin/rm" })
    else { return nil }
    let target = words.first { !$0.hasPrefix("-") } ?? "."
    let narrow = words.contains { word in tests.contains(word) || word.hasPrefix("-newer") }
    if target == "/" || system.contains(target) { return (narrow ? 0.62 : 0.9, "delete_files") }
    if target.hasPrefix("~") { return (narrow ? 0.4 : 0.9, "delete_files") }
    return (narrow ? 0.3 : 0.6, "delete_files")
  }
}
