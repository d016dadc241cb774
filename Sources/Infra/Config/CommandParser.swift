// Reads a line of arguments against the declared commands. Options and operands mix freely; `--` ends the options; a
// single `-` is an operand (standard input); `--help` or `-h` anywhere before `--`, or the word `help` in front, asks
// for help.
import JSON

extension Command {
  package enum Parsed: Sendable {
    case help(String)
    case run(Run, Invocation)
  }

  package func parse(_ arguments: [String]) throws(UsageError) -> Parsed {
    var words = arguments[...]
    let ended = words.firstIndex(of: "--") ?? words.endIndex
    var asksForHelp = words[..<ended].contains { $0 == "--help" || $0 == "-h" }
    if words.first == "help", !commands.contains(where: { $0.name == "help" }) {
      asksForHelp = true
      words = words.dropFirst()
    }
    var command = self
    var path: [String] = []
    while command.run == nil {
      guard let word = words.first, !(asksForHelp && word.hasPrefix("-")) else {
        if asksForHelp { return .help(command.help(path: [name] + path)) }
        throw UsageError("which command? \(command.names)", usage: command.usage(path: [name] + path))
      }
      command = try command.child(word, path: [name] + path)
      path.append(word)
      words = words.dropFirst()
    }
    if asksForHelp { return .help(command.help(path: [name] + path)) }
    guard let run = command.run else { throw UsageError("which command?", usage: command.usage(path: [name] + path)) }
    var reader = LineReader(command: command, usage: command.usage(path: [name] + path))
    return .run(run, try reader.read(words, path: path))
  }

  private var names: String { commands.map(\.name).joined(separator: ", ") }

  private func child(_ word: String, path: [String]) throws(UsageError) -> Command {
    if let command = commands.first(where: { $0.name == word }) { return command }
    let usage = usage(path: path)
    if word.hasPrefix("-") { throw UsageError("\(word) comes before the command; options follow it", usage: usage) }
    let meant =
      NearestName.suggestion(for: word, among: commands.map(\.name)).map { "did you mean \($0)?" }
      ?? "there is: \(names)"
    throw UsageError("there is no command \(quoted(word)); \(meant)", usage: usage)
  }
}

/// The words after the command's name.
private struct LineReader {
  let command: Command
  let usage: String
  var values: [String: [String]] = [:]
  /// Each with the repeated option that it directly followed, if any.
  var words: [(text: String, follows: OptionDeclaration?)] = []

  init(command: Command, usage: String) {
    self.command = command
    self.usage = usage
  }

  mutating func read(_ line: ArraySlice<String>, path: [String]) throws(UsageError) -> Invocation {
    var rest = line
    var repeated: OptionDeclaration?
    while let word = rest.popFirst() {
      if word == "--" {
        words += rest.map { ($0, nil) }
        break
      }
      if word.hasPrefix("--") {
        repeated = try option(word.dropFirst(2), &rest)
      } else if word.hasPrefix("-"), word.count > 1 {
        throw refusal("there is no option \(quoted(word)); options begin with two dashes, and -- ends them")
      } else {
        words.append((word, repeated))
      }
    }
    try moveSurplusWords()
    try checkWhole()
    return Invocation(path: path, operands: words.map(\.text), values: values)
  }

  /// One option, its value taken from after `=` or from the next word; returns it when it may take further words.
  private mutating func option(_ text: Substring, _ rest: inout ArraySlice<String>) throws(UsageError)
    -> OptionDeclaration?
  {
    let equals = text.firstIndex(of: "=")
    let name = String(text[..<(equals ?? text.endIndex)])
    guard let option = command.options.first(where: { $0.name == name }) else {
      let meant =
        NearestName.suggestion(for: name, among: command.options.map(\.name)).map { "; did you mean --\($0)?" } ?? ""
      throw refusal("there is no option --\(name)\(meant)")
    }
    if values[name] != nil, !option.isRepeated { throw refusal("--\(name) is given twice") }
    guard let valueName = option.valueName else {
      if equals != nil { throw refusal("--\(name) takes no value") }
      values[name] = []
      return nil
    }
    let value: String
    if let equals {
      value = String(text[text.index(after: equals)...])
    } else if let next = rest.first, !next.hasPrefix("--") {
      value = next
      rest = rest.dropFirst()
    } else {
      throw refusal("--\(name) needs a value: --\(name) \(valueName)")
    }
    try add(value, to: option)
    return option.isRepeated && equals == nil ? option : nil
  }

  private mutating func add(_ text: String, to option: OptionDeclaration) throws(UsageError) {
    let parts = option.isRepeated ? text.split(separator: ",").map(String.init) : [text]
    for part in parts.isEmpty ? [text] : parts {
      do throws(SettingProblem) {
        try option.check(part)
      } catch {
        throw refusal("--\(option.name): \(error.message)")
      }
      values[option.name, default: []].append(part)
    }
  }

  /// `--role decider auditor`: where there are more words than operands, those that stand directly behind a repeated
  /// option are its values.
  private mutating func moveSurplusWords() throws(UsageError) {
    guard !command.operands.contains(where: { $0.count == .any }) else { return }
    while words.count > command.operands.count, let index = words.firstIndex(where: { $0.follows != nil }) {
      let (text, follows) = words.remove(at: index)
      if let follows { try add(text, to: follows) }
    }
  }

  private func checkWhole() throws(UsageError) {
    let needed = command.operands.filter { $0.count == .one }
    if words.count < needed.count { throw refusal("\(needed[words.count].name) is missing") }
    if !command.operands.contains(where: { $0.count == .any }), words.count > command.operands.count {
      throw refusal("\(quoted(words[command.operands.count].text)) is one word too many")
    }
    for option in command.options where option.isRequired && values[option.name] == nil {
      throw refusal("--\(option.name) is missing")
    }
    for group in command.exclusive {
      let given = group.filter { values[$0] != nil }
      if given.count > 1 { throw refusal("--\(given[0]) and --\(given[1]) cannot be given together") }
    }
  }

  private func refusal(_ message: String) -> UsageError { UsageError(message, usage: usage) }
}
