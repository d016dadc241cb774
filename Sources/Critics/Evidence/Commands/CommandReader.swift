// Commands in a text, whether it is a script or prose that quotes one: each statement that begins with a known command is
// split into its words once and held against the rules; SQL statements and removals of files have readings of their own.

struct CommandReader {
  /// Statements longer than this are read to here.
  static let statementLimit = 1024
  static let wordLimit = 48

  let text: TextView
  let report: (Detector, String, Float, Int, Int) -> Void
  /// The statement that was split last, and its words without regard to quotes once a command is met within it. So no byte is
  /// split more than twice, however many commands a statement names.
  private var whole: Statement?
  private var pieces: StatementPieces?
  /// Commands that this statement was judged by.
  private var judged: [Judged] = []
  /// What follows a second `rm` followed the first too, so a command is judged again only so many words later, well before
  /// `wordLimit` ends what the first was judged by.
  private static let judgedAgainAfter = 32

  private struct Judged {
    let command: String
    let beginning: Statement.Beginning
    var word: Int
  }

  init(text: TextView, report: @escaping (Detector, String, Float, Int, Int) -> Void) {
    self.text = text
    self.report = report
  }

  /// Reads the statement whose command stands in `start..<end`. Returns the end of what needs no more reading.
  mutating func read(_ start: Int, _ end: Int) -> Int {
    let bytes = text.bytes
    guard end - start <= 24 else { return end }
    if bytes[start] == 0x3a { return forkBomb(start) }
    if let stop = removalOfTree(start, end) { return stop }
    // `kill` in `skill.kill`, `rm` in `farm-rm`: not a command.
    if start > 0,
      bytes[start - 1] == 0x2d || bytes[start - 1] == 0x2e || bytes[start - 1] == 0x5f || bytes[start - 1] == 0x40
    {
      return end
    }
    let name = lower(start, end)
    if let stop = database(name, start, end) { return stop }
    if Self.alsoEnglish.contains(name), !looksLikeCommand(start, end) { return end }
    guard let statement = statement(start, end), let command = statement.words.first else { return end }
    if judge(command, statement) { return statement.end }
    if Self.deeds.contains(name) { deed(start, statement) }
    return end
  }

  /// `:(){ :|:& };:`: a function that calls itself twice, and never ends.
  private func forkBomb(_ start: Int) -> Int {
    var wanted = ":(){:|:&};:".utf8[...]
    var index = start
    while let next = wanted.first, index < Swift.min(text.count, start + 32) {
      if text.bytes[index] == next { wanted.removeFirst() } else if text.bytes[index] > 0x20 { return start + 1 }
      index += 1
    }
    guard wanted.isEmpty else { return start + 1 }
    report(.destructiveCommand, "fork_bomb", 0.9, start, index)
    return index
  }

  /// Functions of several languages that remove a folder with all that is in it.
  private static let removesTree: Set<String> = [
    "rmtree", "removeall", "rmsync", "rm_rf", "rm_r", "remove_dir_all", "remove_all", "rimraf", "removedirectory",
  ]

  /// `shutil.rmtree("/home")`: judged by the text that stands in its brackets. What a variable holds is not known.
  private func removalOfTree(_ start: Int, _ end: Int) -> Int? {
    let bytes = text.bytes
    var stop = end
    while stop < Swift.min(text.count, start + 24), bytes[stop] == 0x5f || bytes[stop].isLetter { stop += 1 }
    guard bytes[stop] == 0x28 || bytes[stop] == 0x20, Self.removesTree.contains(lower(start, stop)) else { return nil }
    var first = stop + 1
    let limit = Swift.min(text.count, stop + 80)
    if bytes[stop] == 0x28 {
      while first < limit, bytes[first] != 0x22, bytes[first] != 0x27, bytes[first] != 0x0a { first += 1 }
      guard first < limit, bytes[first] != 0x0a else { return nil }
      first += 1
    }
    var last = first
    while last < limit, bytes[last] > 0x20, bytes[last] != 0x22, bytes[last] != 0x27 { last += 1 }
    let strength = Removal.ofTree(text.string(first, last))
    report(.destructiveCommand, "delete_files", strength, start, last)
    if strength >= 0.8 { report(.irreversibleAction, "destroy", strength - 0.15, start, last) }
    return last
  }

  /// The statement that begins with the command, or nil where the same command was judged a few words before.
  private mutating func statement(_ start: Int, _ end: Int) -> Statement? {
    guard let whole, start < whole.stop else {
      let statement = Statement(text, start, nameEnd: end)
      (whole, pieces) = (statement, nil)
      judged = [Judged(command: statement.words.first ?? "", beginning: statement.beginning, word: 0)]
      return statement
    }
    var pieces = self.pieces ?? StatementPieces(text, whole.start, whole.stop)
    self.pieces = nil
    defer { self.pieces = pieces }
    guard let (word, command) = pieces.word(at: start, text) else { return nil }
    let beginning = Statement.Beginning(text, start)
    if let known = judged.firstIndex(where: { $0.command == command && $0.beginning == beginning }) {
      if word - judged[known].word < Self.judgedAgainAfter { return nil }
      judged[known].word = word
    } else {
      judged.append(Judged(command: command, beginning: beginning, word: word))
    }
    return Statement(within: whole, from: start, beginning, command, pieces, word)
  }

  /// Sub-commands that destroy, whatever program they belong to.
  private static let deeds: Set<String> = ["delete", "destroy", "purge", "terminate", "wipe", "uninstall", "drop"]

  /// `circleci context delete org/name`: a line of one to three plain names, the deed, and something that is no English.
  private func deed(_ start: Int, _ statement: Statement) {
    let bytes = text.bytes
    var line = start
    while line > 0, line > start - 48, bytes[line - 1] != 0x0a, bytes[line - 1] != 0x60 { line -= 1 }
    guard line == 0 || bytes[line - 1] == 0x0a || bytes[line - 1] == 0x60 else { return }
    let before = text.string(line, start).split(separator: " ")
    guard (1...3).contains(before.count), !before.contains(where: { Self.prose.contains($0.lowercased()) }) else {
      return
    }
    guard
      before.allSatisfy({ $0.utf8.allSatisfy { $0.isDigit || (0x61...0x7a).contains($0) || $0 == 0x2d || $0 == 0x2e } })
    else { return }
    guard statement.words.count > 1, !statement.dryRun, statement.words.count <= 6,
      statement.words.dropFirst().contains(where: { $0.utf8.contains { !$0.isLetter } })
    else { return }
    report(.destructiveCommand, "delete_resource", 0.62, line, statement.end)
  }

  private static let prose: Set<String> = [
    "to", "please", "the", "i", "we", "you", "can", "and", "how", "do", "should", "will", "not", "never", "dont", "a",
    "could", "would", "or", "then", "must", "may", "want", "need", "help", "me", "let", "us", "also", "just", "is",
  ]

  private func lower(_ start: Int, _ end: Int) -> String { text.string(start, end).lowercased() }

  /// Names that are ordinary words too: only with options, paths or the like behind them.
  private static let alsoEnglish: Set<String> = [
    "find", "update", "delete", "drop", "alter", "format", "service", "history", "kill", "stop", "export", "mount",
    "snap", "net", "kind", "op", "az", "del", "reg", "sc", "init", "gem", "cat", "echo", "truncate", "remove", "erase",
    "move", "vault", "consul", "nomad", "fly", "heroku", "square", "stripe", "reboot", "halt", "shutdown", "docker",
    "git", "topics", "kafka", "redis", "bash", "sh", "cli", "hub", "ceph", "velero", "borg", "cargo", "brew", "cipher",
    "unlink", "shred", "restic", "parted", "halt", "poweroff", "netlify", "vercel", "firebase", "supabase", "vagrant",
    "nix", "oc", "qm", "eval", "source", "rake", "rails", "php", "prisma", "python", "python3", "openssl", "bq", "tee",
    "yarn", "pip",
  ]

  private static let articles: Set<String> = [
    "the", "a", "an", "my", "your", "our", "his", "her", "their", "this", "that", "these", "those", "it", "them", "him",
    "me", "us", "up", "at", "in", "on", "for", "to", "of", "with", "and", "by",
  ]

  private func looksLikeCommand(_ start: Int, _ end: Int) -> Bool {
    let bytes = text.bytes
    if bytes[end] == 0x2d || bytes[end] == 0x3a { return true }
    guard bytes[end] == 0x20 || bytes[end] == 0x22 || bytes[end] == 0x27 else { return false }
    var index = end + 1
    // Within the next few words there is an option, a path or a name joined by marks.
    let stop = min(text.count, end + 80)
    while index < stop, bytes[index] != 0x0a {
      let byte = bytes[index]
      if bytes[index - 1] == 0x20, byte == 0x2d || byte == 0x2f || byte == 0x7e || byte == 0x24 || byte == 0x2b {
        return true
      }
      if byte == 0x5f || byte == 0x2a || byte == 0x3d { return true }
      if byte == 0x3a, !(bytes[index + 1] <= 0x20) { return true }
      if byte == 0x2d, bytes[index - 1].isLetter, bytes[index + 1].isLetter { return true }
      index += 1
    }
    // A line that begins with it, as in a terminal: `git stash clear`; not `Shred the documents`.
    return (start == 0 || bytes[start - 1] == 0x0a || bytes[start - 1] == 0x60)
      && !Self.articles.contains(word(after: end).word)
  }

  private func judge(_ command: String, _ statement: Statement) -> Bool {
    let words = Array(statement.words.dropFirst())
    var best: (strength: Float, kind: String) = (0, "")
    func consider(_ rules: [CommandRule]) {
      for rule in rules where rule.strength > best.strength && rule.matches(words) { best = (rule.strength, rule.kind) }
    }
    if command == "rm" || command == "unlink" || command == "rmdir" {
      if let removal = Removal.judge(words, statement) { best = removal }
    }
    if command == "find", let removal = Removal.find(words) { best = removal }
    if let rules = CommandRules.byName[command] { consider(rules) }
    for (pattern, rule) in CommandRules.patterns where pattern.matches(command) { consider([rule]) }
    if statement.flowsIntoShell, ["curl", "wget", "base64", "echo", "cat"].contains(command) {
      let remote = command == "curl" || command == "wget"
      let decodes = command == "base64" && words.contains { ["-d", "-D", "--decode"].contains($0) }
      report(
        .operationalRisk, remote ? "remote_script" : "piped_script", remote ? 0.75 : decodes ? 0.7 : 0.4,
        statement.start,
        statement.end)
    }
    let deletes =
      words.contains("-xdelete") || words.contains("delete") && (words.contains("-X") || words.contains("--request"))
    if command == "curl", deletes {
      best = max(best, (0.66, "delete_resource")) { $0.0 < $1.0 }
    }
    if statement.overwritesSystem { best = max(best, (0.75, "overwrite")) { $0.0 < $1.0 } }
    if statement.overwritesDevice { best = (0.92, "wipe_disk") }
    if statement.opensReverseShell { report(.operationalRisk, "reverse_shell", 0.92, statement.start, statement.end) }
    guard best.strength > 0 else { return false }
    if statement.dryRun { best.strength *= 0.2 }
    if best.kind == "remote_script" {
      report(.operationalRisk, best.kind, best.strength, statement.start, statement.end)
      return true
    }
    report(.destructiveCommand, best.kind, best.strength, statement.start, statement.end)
    if best.strength >= 0.8 {
      report(.irreversibleAction, "destroy", best.strength - 0.15, statement.start, statement.end)
    }
    return true
  }

  private func max(_ a: (Float, String), _ b: (Float, String), by less: ((Float, String), (Float, String)) -> Bool) -> (
    strength: Float, kind: String
  ) {
    less(a, b) ? (b.0, b.1) : (a.0, a.1)
  }

  private func max(_ a: Int, _ b: Int) -> Int { a > b ? a : b }

  // MARK: SQL

  private func word(after place: Int) -> (word: String, start: Int, end: Int) {
    let bytes = text.bytes
    var start = place
    while start < text.count, start < place + 8, bytes[start] == 0x20 || bytes[start] == 0x09 || bytes[start] == 0x0a {
      start += 1
    }
    var end = start
    while end < text.count, end < start + 64,
      bytes[end].isWordByte || bytes[end] == 0x5f || bytes[end] == 0x2e || bytes[end] == 0x60
    { end += 1 }
    return (lower(start, end), start, end)
  }

  private func database(_ name: String, _ start: Int, _ end: Int) -> Int? {
    switch name {
    case "drop":
      var next = word(after: end)
      if ["materialized", "temporary", "unique", "external"].contains(next.word) { next = word(after: next.end) }
      let things = [
        "database", "table", "schema", "user", "role", "index", "view", "column", "keyspace", "collection",
        "tablespace", "function", "trigger", "constraint",
      ]
      guard things.contains(next.word) else { return nil }
      let target = word(after: next.end)
      guard !target.word.isEmpty, sqlTarget(target, capital: text.bytes[start] < 0x60) else { return nil }
      let strong = ["database", "table", "schema", "keyspace", "collection", "tablespace"].contains(next.word)
      sql("drop", strong ? (next.word == "database" || next.word == "schema" ? 0.9 : 0.84) : 0.62, start, target.end)
      return target.end
    case "truncate":
      let next = word(after: end)
      let target = next.word == "table" ? word(after: next.end) : next
      guard next.word == "table" || text.bytes[start] < 0x60, !target.word.isEmpty else { return nil }
      sql("truncate", 0.8, start, target.end)
      return target.end
    case "delete":
      let next = word(after: end)
      guard next.word == "from" else { return nil }
      let target = word(after: next.end)
      return unbounded("delete_rows", 0.82, start, target)
    case "update":
      let target = word(after: end)
      guard word(after: target.end).word == "set" else { return nil }
      return unbounded("update_rows", 0.72, start, (target.word, target.start, word(after: target.end).end))
    case "alter":
      guard word(after: end).word == "table" else { return nil }
      let stop = statementEnd(end)
      if contains("drop column", end, stop) || contains("drop constraint", end, stop)
        || contains("drop partition", end, stop)
      {
        sql("drop", 0.66, start, stop)
      }
      return stop
    default: return nil
    }
  }

  /// `DROP TABLE users`, yet not "drop table reservations by calling us".
  private func sqlTarget(_ target: (word: String, start: Int, end: Int), capital: Bool) -> Bool {
    if capital || target.word == "if" { return true }
    let after = text.bytes[target.end]
    return after == 0x3b || after == 0x22 || after == 0x27 || after == 0x60 || after == 0x0a || target.end == text.count
      || word(after: target.end).word == "cascade" || target.word.contains("_")
  }

  private func sql(_ kind: String, _ strength: Float, _ start: Int, _ end: Int) {
    report(.destructiveCommand, kind, strength, start, end)
    if strength >= 0.8 { report(.irreversibleAction, "destroy", strength - 0.15, start, end) }
  }

  private func statementEnd(_ start: Int) -> Int {
    var end = start
    while end < text.count, end < start + Self.statementLimit, text.bytes[end] != 0x3b { end += 1 }
    return end
  }

  /// A statement over all rows: without `WHERE`, or with one that is always true.
  private func unbounded(
    _ kind: String, _ strength: Float, _ start: Int, _ target: (word: String, start: Int, end: Int)
  ) -> Int? {
    let capital = text.bytes[start] < 0x60
    let next = word(after: target.end).word
    let ends =
      text.bytes[target.end] == 0x3b || target.end == text.count || text.bytes[target.end] == 0x22
      || text.bytes[target.end] == 0x27
    if kind == "delete_rows", !capital, !ends, next != "where" { return nil }
    let stop = statementEnd(target.end)
    if !contains("where", target.end, stop) {
      sql(kind, strength, start, min(stop, target.end + 64))
    } else if contains("where 1=1", target.end, stop) || contains("where true", target.end, stop)
      || contains("where 1 = 1", target.end, stop) || contains("or 1=1", target.end, stop)
    {
      sql(kind, strength, start, stop)
    } else if capital || ends {
      sql(kind, 0.3, start, stop)
    }
    return stop
  }

  /// Whether the words stand in `start..<end`, in any case.
  private func contains(_ words: String, _ start: Int, _ end: Int) -> Bool {
    let wanted = Array(words.utf8)
    guard end - start >= wanted.count else { return false }
    var index = start
    while index + wanted.count <= end {
      var at = 0
      while at < wanted.count, text.bytes[index + at] | 0x20 == wanted[at] | 0x20 { at += 1 }
      if at == wanted.count { return true }
      index += 1
    }
    return false
  }

  private func min(_ a: Int, _ b: Int) -> Int { a < b ? a : b }
}

extension UnsafePointer where Pointee == UInt8 {
  /// The bytes of a range. The caller has checked that it lies in the text or its margins.
  fileprivate subscript(range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: self + range.lowerBound, count: range.count)
  }
}
