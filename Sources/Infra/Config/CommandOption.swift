// What a command accepts, declared once and read by type:
//
//     let listen = Option<ListenAddress>("listen", value: "HOST:PORT", "Where to listen.")
//     let json = Flag("json", "Print JSON.")
//     let roles = RepeatedOption<String>("role", value: "ROLE", "A role that the token carries.")
//     invocation[listen]   // ListenAddress?
//     invocation[json]     // Bool
//     invocation[roles]    // [String]
//
// The parser refuses a value that does not read as its type, so a subscript never fails.

/// `--name`, on or off.
package struct Flag: Sendable {
  package let declaration: OptionDeclaration

  package init(_ name: String, _ summary: String) {
    declaration = OptionDeclaration(name: name, valueName: nil, summary: summary, isRepeated: false) { _ in }
  }
}

/// `--name VALUE` or `--name=VALUE`, at most once.
package struct Option<Value: SettingValue>: Sendable {
  package let declaration: OptionDeclaration

  package init(_ name: String, value: String, required: Bool = false, _ summary: String) {
    declaration = OptionDeclaration(
      name: name, valueName: value, summary: summary, isRequired: required, choices: Value.choices
    ) { text throws(SettingProblem) in _ = try Value.read(text: text) }
  }
}

/// `--name VALUE`, any number of times; several values may also share one mention: `--name a,b` or `--name a b`.
package struct RepeatedOption<Value: SettingValue>: Sendable {
  package let declaration: OptionDeclaration

  package init(
    _ name: String, value: String, required: Bool = false, choices: [String] = Value.choices, _ summary: String
  ) {
    declaration = OptionDeclaration(
      name: name, valueName: value, summary: summary, isRepeated: true, isRequired: required, choices: choices
    ) { text throws(SettingProblem) in _ = try Value.read(text: text) }
  }
}

/// An option without its type, as the parser and the help text see it.
package struct OptionDeclaration: Sendable {
  /// Without the dashes.
  package let name: String
  /// What the help text calls the value; nil for a flag.
  package let valueName: String?
  package let summary: String
  package let isRepeated: Bool
  package let isRequired: Bool
  /// The values that there are, where they are few: what a shell offers.
  package let choices: [String]
  /// Throws for text that is not a value of the option's type.
  package let check: @Sendable (_ text: String) throws(SettingProblem) -> Void

  package init(
    name: String, valueName: String?, summary: String, isRepeated: Bool = false, isRequired: Bool = false,
    choices: [String] = [],
    check: @escaping @Sendable (_ text: String) throws(SettingProblem) -> Void
  ) {
    self.name = name
    self.valueName = valueName
    self.summary = summary
    self.isRepeated = isRepeated
    self.isRequired = isRequired
    self.choices = choices
    self.check = check
  }
}

/// A word that is no option: `FILE`, `[FILE]`, `FILE…`.
package struct Operand: Sendable {
  package enum Count: Sendable { case one, optional, any }

  package let name: String
  package let count: Count
  /// The words that there are, where they are few: what a shell offers.
  package let choices: [String]
  package let summary: String

  package init(_ name: String, count: Count = .one, choices: [String] = [], _ summary: String) {
    self.name = name
    self.count = count
    self.choices = choices
    self.summary = summary
  }
}

/// What the parser found: the command, its options' values and its operands.
package struct Invocation: Sendable {
  /// The command's words: `["token", "create"]`.
  package let path: [String]
  package let operands: [String]
  let values: [String: [String]]

  package subscript(flag: Flag) -> Bool { values[flag.declaration.name] != nil }

  package subscript<Value>(option: Option<Value>) -> Value? {
    (values[option.declaration.name]?.last).flatMap { try? Value.read(text: $0) }
  }

  package subscript<Value>(option: RepeatedOption<Value>) -> [Value] {
    (values[option.declaration.name] ?? []).compactMap { try? Value.read(text: $0) }
  }

  /// The values given for the option `name`, as text: for those whose types other declarations know.
  package func texts(of name: String) -> [String] { values[name] ?? [] }
}
