// All settings of a program: the sections that the reference prints, and the names by which each layer knows them.

/// Settings that belong together, under one heading of the reference.
package struct SettingSection: Sendable {
  package let title: String
  package let summary: String
  package let settings: [any DeclaredSetting]

  package init(_ title: String, _ summary: String, _ settings: [any DeclaredSetting]) {
    self.title = title
    self.summary = summary
    self.settings = settings
  }
}

package struct Schema: Sendable {
  /// Looks at settings together (one that needs another, a key too weak for production) and says what is wrong.
  package typealias Check = @Sendable (Configuration) -> [Finding]

  /// `WITAN_`: what the program's own variables begin with.
  package let environmentPrefix: String
  package let sections: [SettingSection]
  /// Variables with the prefix that are no settings.
  package let otherVariables: Set<String>
  package let checks: [Check]

  package init(
    environmentPrefix: String = "WITAN_", sections: [SettingSection], otherVariables: Set<String> = ["WITAN_CONFIG"],
    checks: [Check] = []
  ) {
    self.environmentPrefix = environmentPrefix
    self.sections = sections
    self.otherVariables = otherVariables
    self.checks = checks
  }

  package var settings: [any DeclaredSetting] { sections.flatMap(\.settings) }

  /// The variable of the setting `name`: `limits.body` is `WITAN_LIMITS_BODY`.
  package func variable(for name: String) -> String {
    environmentPrefix + name.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
  }

  /// The options that `serve` has because settings name them.
  package var flagOptions: [OptionDeclaration] {
    settings.compactMap { setting in
      setting.flag.map { flag in
        OptionDeclaration(name: flag, valueName: Self.valueName(of: setting), summary: setting.summary) {
          text throws(SettingProblem) in _ = try setting.read(text: text)
        }
      }
    }
  }

  private static func valueName(of setting: any DeclaredSetting) -> String {
    let type = setting.typeName
    if type.hasPrefix("an address") { return "HOST:PORT" }
    if type.hasPrefix("a path") { return "PATH" }
    if type.hasPrefix("a URL") { return "URL" }
    if type.hasPrefix("a duration") { return "DURATION" }
    if type.hasPrefix("a size") { return "SIZE" }
    return "VALUE"
  }

  /// What is wrong with the declarations themselves; a program's tests hold this empty.
  package var defects: [String] {
    var defects: [String] = []
    var claimed: [String: String] = [:]
    func claim(_ word: String, _ name: String) {
      if let other = claimed.updateValue(name, forKey: word) { defects.append("\(word): both \(other) and \(name)") }
    }
    let all = settings
    for setting in all {
      let forms = setting.isSecret ? [setting.name] + SecretForm.names(of: setting.name) : [setting.name]
      for form in forms {
        claim(form, setting.name)
        claim(variable(for: form), setting.name)
      }
      for alias in setting.aliases { claim(alias.variable, setting.name) }
      if let flag = setting.flag { claim("--" + flag, setting.name) }
      if all.contains(where: { $0.name.hasPrefix(setting.name + ".") }) {
        defects.append("\(setting.name): both a setting and a section")
      }
      let isName = setting.name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
      }
      if !isName { defects.append("\(setting.name): a name has lower-case letters, digits, points and underscores") }
      if !setting.defaultIsInRange { defects.append("\(setting.name): its default is out of range") }
      if !setting.summary.hasSuffix(".") { defects.append("\(setting.name): its summary is no sentence") }
      if setting.isSecret, !["null", "[]", "{}"].contains(setting.builtIn.written) {
        defects.append("\(setting.name): a secret has no default")
      }
    }
    return defects
  }
}

extension Schema {
  /// A check that refuses weak secrets unless `isDevelopment` says that this is no place to care.
  package static func refuseWeak(
    _ secrets: [Setting<Secret?>], unless isDevelopment: @escaping @Sendable (Configuration) -> Bool
  ) -> Check {
    { configuration in
      guard !isDevelopment(configuration) else { return [] }
      return secrets.compactMap { setting in
        guard let weakness = configuration[setting]?.weakness else { return nil }
        return Finding(
          configuration.source(of: setting.name), setting: setting.name,
          "the key is too weak outside development: \(weakness)")
      }
    }
  }
}
