// One shell statement, split into words: quotes and backslashes removed, options kept, the end found at `;`, `|`, `&` or the
// end of the line.

struct Statement {
  private(set) var words: [String] = []
  let start: Int
  private(set) var end: Int
  /// Where the reading stopped: what lies before was split.
  private(set) var stop: Int
  /// Its output becomes the input of a shell.
  private(set) var flowsIntoShell = false
  private var redirection = Redirection()
  var overwritesDevice: Bool { redirection.overwritesDevice }
  var overwritesSystem: Bool { redirection.overwritesSystem }
  var opensReverseShell: Bool { redirection.opensReverseShell }
  var dryRun: Bool {
    words.contains {
      $0 == "--dry-run" || $0 == "--dryrun" || $0 == "-whatif" || $0 == "--what-if"
        || $0.hasPrefix("--dry-run=") && $0 != "--dry-run=none" || $0 == "--help" || $0 == "--check"
    }
  }
  let beginning: Beginning
  var privileged: Bool { beginning.privileged }
  var fromArguments: Bool { beginning.fromArguments }

  /// Whether what stands before a command gives it rights or arguments.
  struct Beginning: Equatable {
    let privileged: Bool
    let fromArguments: Bool

    init(_ text: TextView, _ start: Int) {
      let bytes = text.bytes
      var before = start
      while before > 0, bytes[before - 1] == 0x20 { before -= 1 }
      func precedes(_ word: StaticString) -> Bool {
        let size = word.utf8CodeUnitCount
        guard before >= size else { return false }
        return (0..<size).allSatisfy { bytes[before - size + $0] == word.utf8Start[$0] }
      }
      privileged = precedes("sudo")
      fromArguments = precedes("xargs") || precedes("exec") || precedes("-0") || precedes("-r")
    }
  }

  init(_ text: TextView, _ start: Int, nameEnd: Int) {
    self.start = start
    (end, stop) = (start, start)
    beginning = Beginning(text, start)
    read(text, nameEnd)
  }

  /// The part of a statement that begins with one of its later words: `rm -rf x` of `timeout 5 rm -rf x`.
  init(
    within whole: Statement, from start: Int, _ beginning: Beginning, _ command: String, _ pieces: StatementPieces,
    _ word: Int
  ) {
    self.start = start
    self.beginning = beginning
    (end, stop) = (whole.end, whole.stop)
    words = [command] + pieces.words[(word + 1)...].prefix(CommandReader.wordLimit - 1)
    flowsIntoShell = whole.flowsIntoShell
    redirection = pieces.redirection
    redirection.note(command: words)
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
        let text = String(decoding: word, as: UTF8.self)
        // `-Recurse` is a word; `-R` and `-Rf` are letters.
        words.append(word.count > 4 && word[0] == 0x2d ? text.lowercased() : text)
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
    stop = max(index, min(nameEnd, limit))
    end = index
    while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
    flowsIntoShell = index < limit && bytes[index] == 0x7c && Self.shellFollows(text, index + 1)
    redirection = Redirection(words)
    redirection.note(command: words)
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
}

/// Where the output of a statement goes, as far as that is a harm of its own.
struct Redirection {
  private(set) var overwritesDevice = false
  private(set) var overwritesSystem = false
  private(set) var opensReverseShell = false

  init() {}

  init(_ words: [String]) {
    for (place, word) in words.enumerated() {
      guard word.utf8.first == 0x3e else {
        // Mostly there is no path at all.
        if word.utf8.count > 9, word.utf8.contains(0x2f), word.contains("/dev/tcp/") || word.contains("/dev/udp/") {
          opensReverseShell = true
        }
        continue
      }
      var target = String(word.drop { $0 == ">" || $0 == "&" })
      if target.isEmpty, place + 1 < words.count { target = words[place + 1] }
      if Self.systemFiles.contains(where: target.hasPrefix) { overwritesSystem = true }
      guard target.hasPrefix("/dev/") else { continue }
      if Self.disks.contains(where: target.hasPrefix) { overwritesDevice = true }
      if target.hasPrefix("/dev/tcp/") || target.hasPrefix("/dev/udp/") { opensReverseShell = true }
    }
  }

  private static let systemFiles = ["/etc/passwd", "/etc/shadow", "/etc/sudoers", "/boot/", "/proc/sysrq-trigger"]
  private static let disks = ["/dev/sd", "/dev/hd", "/dev/nvme", "/dev/vd", "/dev/mmc", "/dev/xvd"]

  /// `nc -e`: a shell for whoever calls.
  mutating func note(command words: [String]) {
    guard let first = words.first, ["nc", "ncat", "netcat"].contains(first) else { return }
    if words.contains("-e") || words.contains("-c") { opensReverseShell = true }
  }
}

/// The words of a statement without regard to its quotes, each with its place: what a command within a statement is followed
/// by (`bash -c "rm -rf /"`), without splitting the statement again for each.
struct StatementPieces {
  private(set) var words: [String] = []
  private var places: [Range<Int>] = []
  private var next = 0
  let redirection: Redirection

  init(_ text: TextView, _ start: Int, _ end: Int) {
    let bytes = text.bytes
    var index = start
    while index < end {
      while index < end, Self.separates(bytes[index]) { index += 1 }
      let first = index
      while index < end, !Self.separates(bytes[index]) { index += 1 }
      guard index > first else { continue }
      words.append(Self.word(text, first, index))
      places.append(first..<index)
    }
    redirection = Redirection(words)
  }

  /// The number of the word that `place` lies in, and the word from there on; no earlier call asked for a later place.
  mutating func word(at place: Int, _ text: TextView) -> (number: Int, word: String)? {
    while next + 1 < places.count, places[next + 1].lowerBound <= place { next += 1 }
    guard next < places.count, places[next].contains(place) else { return nil }
    return (next, text.string(place, places[next].upperBound).lowercased())
  }

  /// Options of one letter and paths keep their case, as in `Statement`.
  private static func word(_ text: TextView, _ start: Int, _ end: Int) -> String {
    let word = text.string(start, end)
    return word.utf8.first == 0x2d && word.utf8.count <= 3 && !word.hasPrefix("--") ? word : word.lowercased()
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x22 || byte == 0x27 || byte == 0x29 || byte == 0x28 || byte == 0x5c
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
  private static let harmlessEndings = harmless.map { "/" + $0 }
  private static let system = [
    "/etc", "/usr", "/var", "/bin", "/sbin", "/boot", "/lib", "/home", "/root", "/opt", "/sys", "/proc", "/dev", "/srv",
    "/mnt", "/data", "/system", "/library", "/users", "/applications", "c:", "/lib64", "/media", "/windows",
  ]
  private static let withinSystem = system.map { $0 + "/" }
  private static let everything: Set<String> = [
    "/", "/*", "~", "~/*", "*", ".", "..", "./*", "../*", "$home", "${home}", "$home/*", ".*", "/.", "c:\\",
    "%userprofile%",
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
        targets.append(String(word.trimming { Self.quoting.contains($0) }))
      }
    }
    guard recursive || forced || statement.privileged || statement.fromArguments else { return nil }
    var worst: Float = statement.fromArguments ? (recursive || forced ? 0.44 : 0.35) : 0
    for target in targets { worst = max(worst, danger(target, recursive: recursive, forced: forced)) }
    if worst == 0 { return nil }
    return (statement.privileged ? min(0.98, worst + 0.1) : worst, "delete_files")
  }

  /// Marks that a list of arguments in some language leaves at its words: `["rm", "-rf", "/"]`.
  private static let quoting: Set<UInt8> = [0x22, 0x27, 0x28, 0x29, 0x5b, 0x5d, 0x2c, 0x7d]

  /// A function that removes a folder with all that is in it, judged by what it is given.
  static func ofTree(_ target: String) -> Float { danger(target.lowercased(), recursive: true, forced: true) }

  private static func danger(_ target: String, recursive: Bool, forced: Bool) -> Float {
    let path = target.hasSuffix("/") && target.count > 1 ? String(target.dropLast()) : target
    if everything.contains(path) {
      return recursive ? 0.96 : 0.6
    }
    if path.hasPrefix("/tmp/") || path.hasPrefix("/var/tmp/") || path.hasPrefix("$tmp") || path.hasPrefix("${tmp") {
      return path.contains("..") ? 0.8 : recursive ? 0.2 : 0.1
    }
    let hasParts = path.utf8.contains(0x2f)
    if harmless.contains(path) || hasParts && harmlessEndings.contains(where: path.hasSuffix) {
      return recursive ? 0.2 : 0.1
    }
    if system.contains(path) { return recursive ? 0.96 : 0.7 }
    if hasParts, let root = withinSystem.first(where: path.hasPrefix) {
      return path.utf8.count == root.utf8.count + 1 && path.hasSuffix("*")
        ? (recursive ? 0.96 : 0.7) : recursive ? 0.82 : 0.55
    }
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
    let narrow = words.indices.contains { place in
      let isTest = tests.contains(words[place]) || words[place].hasPrefix("-newer")
      return isTest && !(place + 1 < words.count && words[place + 1] == "*")
    }
    if target == "/" || system.contains(target) { return (narrow ? 0.62 : 0.9, "delete_files") }
    if target.hasPrefix("~") { return (narrow ? 0.4 : 0.9, "delete_files") }
    return (narrow ? 0.3 : 0.6, "delete_files")
  }
}

extension String {
  /// Without the bytes at both ends that are in the set.
  fileprivate func trimming(_ isTaken: (UInt8) -> Bool) -> Substring {
    var slice = self[...]
    while let first = slice.utf8.first, isTaken(first) { slice = slice.dropFirst() }
    while let last = slice.utf8.last, isTaken(last) { slice = slice.dropLast() }
    return slice
  }
}
