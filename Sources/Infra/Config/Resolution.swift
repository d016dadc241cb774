// Makes the configuration from its layers: flags over environment over file over defaults. It never stops at the first
// fault: every layer is read whole, a value that a higher layer hides included, and everything wrong is told at once.
import JSON
import YAML

/// The outcome, whole even when something is wrong: then a setting that was refused stands at its default.
package struct Resolution: Sendable {
  package let configuration: Configuration
  package let findings: [Finding]
  /// Names of the settings whose value was refused.
  package let refused: Set<String>
}

extension Schema {
  /// The configuration, or everything that is wrong with it.
  package func load(_ sources: ConfigurationSources) throws(ConfigurationError) -> Configuration {
    let resolution = resolve(sources)
    guard resolution.findings.isEmpty else { throw ConfigurationError(resolution.findings) }
    return resolution.configuration
  }

  package func resolve(_ sources: ConfigurationSources) -> Resolution {
    var gathering = Gathering(schema: self)
    gathering.readFile(sources.file)
    gathering.readEnvironment(sources.environment)
    gathering.readFlags(sources.flags)
    for setting in settings { gathering.settle(setting, secrets: sources.secrets) }
    if gathering.findings.isEmpty { gathering.findings = checks.flatMap { $0(gathering.configuration) } }
    return Resolution(
      configuration: gathering.configuration, findings: gathering.findings, refused: gathering.refused)
  }
}

/// One way in which a layer gives a setting.
private struct Candidate {
  enum Given {
    case node(YAMLNode)
    case text(String)
  }

  let given: Given
  let form: SecretForm?
  let layer: SettingSource.Layer
  /// Text from a foreign variable passes through this first.
  var alias: EnvironmentAlias?
}

private struct Gathering {
  let schema: Schema
  /// By setting; a later candidate stands in a higher layer.
  var candidates: [String: [Candidate]] = [:]
  var configuration = Configuration()
  var findings: [Finding] = []
  var refused: Set<String> = []
  private let names: SettingNames

  init(schema: Schema) {
    self.schema = schema
    names = SettingNames(schema)
  }

  // MARK: - Layers

  mutating func readFile(_ file: ConfigurationSources.File?) {
    guard let file else { return }
    do throws(YAMLError) {
      let root = try YAMLNode.parse(file.bytes)
      if root.isNull { return }
      guard let entries = root.entries else {
        return add(.file(path: file.path, root.position), nil, "\(root.kind) where a mapping of settings is expected")
      }
      walk(entries, below: "", file.path)
    } catch {
      add(.file(path: file.path, error.position), nil, error.message)
    }
  }

  private mutating func walk(_ entries: [YAMLNode.Entry], below prefix: String, _ path: String) {
    for entry in entries {
      let name = prefix + entry.key
      let layer = SettingSource.Layer.file(path: path, entry.keyPosition)
      if let (setting, form) = names.settings[name] {
        let place = SettingSource.Layer.file(path: path, entry.value.position)
        candidates[setting, default: []].append(Candidate(given: .node(entry.value), form: form, layer: place))
      } else if names.sections.contains(name) {
        if let inner = entry.value.entries {
          walk(inner, below: name + ".", path)
        } else if !entry.value.isNull {
          add(
            .file(path: path, entry.value.position), nil,
            "\(name) is a section of settings, and here it is \(entry.value.kind)")
        }
      } else {
        add(layer, nil, "there is no setting \(quoted(name))" + names.advice(for: name, below: prefix))
      }
    }
  }

  mutating func readEnvironment(_ environment: [String: String]) {
    // Aliases first: the program's own variable is the higher one.
    for setting in schema.settings {
      for alias in setting.aliases.reversed() {
        guard let text = environment[alias.variable], !text.isEmpty else { continue }
        let layer = SettingSource.Layer.environment(variable: alias.variable)
        candidates[setting.name, default: []].append(
          Candidate(given: .text(text), form: nil, layer: layer, alias: alias))
      }
    }
    for (variable, text) in environment.sorted(by: { $0.key < $1.key })
    where variable.hasPrefix(schema.environmentPrefix) && !text.isEmpty {
      let layer = SettingSource.Layer.environment(variable: variable)
      if let (setting, form) = names.variables[variable] {
        candidates[setting, default: []].append(Candidate(given: .text(text), form: form, layer: layer))
      } else if !schema.otherVariables.contains(variable), !isServiceLink(variable, text) {
        let meant = NearestName.suggestion(for: variable, among: names.variables.keys.sorted())
        add(layer, nil, "no setting has this variable" + (meant.map { "; did you mean \($0)?" } ?? ""))
      }
    }
  }

  mutating func readFlags(_ flags: [GivenFlag]) {
    for flag in flags {
      let layer = SettingSource.Layer.flag(name: flag.name)
      guard let setting = schema.settings.first(where: { $0.flag == flag.name }) else {
        add(layer, nil, "no setting has this flag")
        continue
      }
      candidates[setting.name, default: []].append(Candidate(given: .text(flag.text), form: nil, layer: layer))
    }
  }

  /// Kubernetes and Docker describe a service named `witan-…` to its neighbours in variables of these shapes
  /// (kubernetes.io, "Accessing the Service", environment variables). They are nobody's setting.
  private func isServiceLink(_ variable: String, _ text: String) -> Bool {
    if variable.hasSuffix("_SERVICE_HOST") || variable.contains("_SERVICE_PORT") { return true }
    if variable.hasSuffix("_PORT") { return ["tcp://", "udp://", "sctp://"].contains { text.hasPrefix($0) } }
    let words = variable.split(separator: "_")
    return words.indices.dropLast(2).contains { place in
      words[place] == "PORT" && Int(words[place + 1]) != nil && ["TCP", "UDP", "SCTP"].contains(words[place + 2])
    }
  }

  // MARK: - One setting

  mutating func settle(_ setting: any DeclaredSetting, secrets: SecretReader) {
    var entry: Configuration.Entry?
    let all = candidates[setting.name] ?? []
    for (index, candidate) in all.enumerated() {
      let isHighest = index == all.count - 1
      if index > 0, candidate.form != all[index - 1].form, isSameLayer(candidate.layer, all[index - 1].layer) {
        refuse(setting, candidate.layer, "the secret is given in two ways at once")
        continue
      }
      do throws(SettingProblem) {
        if let form = candidate.form {
          // What is hidden by a higher layer is not fetched: a command may cost something.
          if isHighest { entry = try fetch(setting, candidate, form, secrets) }
        } else {
          entry = Configuration.Entry(value: try read(setting, candidate), source: SettingSource(candidate.layer))
        }
      } catch {
        var layer = candidate.layer
        if case .file(let path, _) = layer, let position = error.position { layer = .file(path: path, position) }
        refuse(setting, layer, error.message)
      }
    }
    configuration.entries[setting.name] =
      entry.flatMap { refused.contains(setting.name) ? nil : $0 }
      ?? Configuration.Entry(value: setting.builtIn, source: SettingSource(.builtIn))
  }

  private func read(_ setting: any DeclaredSetting, _ candidate: Candidate) throws(SettingProblem) -> StoredValue {
    switch candidate.given {
    case .node(let node): return try setting.read(node: node)
    case .text(let text): return try setting.read(text: candidate.alias?.translate(text) ?? text)
    }
  }

  private func fetch(
    _ setting: any DeclaredSetting, _ candidate: Candidate, _ form: SecretForm, _ secrets: SecretReader
  ) throws(SettingProblem) -> Configuration.Entry {
    let text: String
    let route: SettingSource.Route
    switch form {
    case .file:
      let path =
        switch candidate.given {
        case .node(let node): try FilePath.read(node: node).text
        case .text(let text): try FilePath.read(text: text).text
        }
      route = .file(path)
      text = try secrets.file(path)
    case .command:
      let words: [String]
      switch candidate.given {
      case .node(let node):
        if let line = node.string {
          words = try SecretReader.words(line)
        } else {
          words = try [String].read(node: node)
        }
      case .text(let text): words = try SecretReader.words(text)
      }
      route = .command(words.first ?? "")
      text = try secrets.command(words)
    }
    return Configuration.Entry(
      value: try setting.read(text: text), source: SettingSource(candidate.layer, route: route))
  }

  private func isSameLayer(_ left: SettingSource.Layer, _ right: SettingSource.Layer) -> Bool {
    switch (left, right) {
    case (.file, .file), (.environment, .environment): true
    default: false
    }
  }

  private mutating func refuse(_ setting: any DeclaredSetting, _ layer: SettingSource.Layer, _ message: String) {
    refused.insert(setting.name)
    add(layer, setting.name, message)
  }

  private mutating func add(_ layer: SettingSource.Layer, _ setting: String?, _ message: String) {
    findings.append(Finding(SettingSource(layer), setting: setting, message))
  }
}

/// The names by which settings are known, and the nearest of them to a wrong one.
private struct SettingNames {
  var settings: [String: (setting: String, form: SecretForm?)] = [:]
  var variables: [String: (setting: String, form: SecretForm?)] = [:]
  var sections: Set<String> = []

  init(_ schema: Schema) {
    for setting in schema.settings {
      let forms: [SecretForm?] = setting.isSecret ? [nil] + SecretForm.allCases : [nil]
      for form in forms {
        let name = setting.name + (form?.rawValue ?? "")
        settings[name] = (setting.name, form)
        variables[schema.variable(for: name)] = (setting.name, form)
      }
      var words = setting.name.split(separator: ".").dropLast()
      while !words.isEmpty {
        sections.insert(words.joined(separator: "."))
        words = words.dropLast()
      }
    }
  }

  /// "; did you mean …?": a name beside the wrong one, or the same word in another section.
  func advice(for name: String, below prefix: String) -> String {
    let beside = (Array(settings.keys) + Array(sections)).filter { $0.hasPrefix(prefix) }.sorted()
    let word = name.dropFirst(prefix.count)
    let siblings = beside.filter { !$0.dropFirst(prefix.count).contains(".") }
    if let near = NearestName.suggestion(for: String(word), among: siblings.map { String($0.dropFirst(prefix.count)) })
    {
      return "; did you mean \(prefix)\(near)?"
    }
    let elsewhere = settings.keys.sorted().filter { $0.split(separator: ".").last.map(String.init) == String(word) }
    let others = settings.keys.filter { prefix.isEmpty || !$0.hasPrefix(prefix) }.sorted()
    guard let near = elsewhere.first ?? NearestName.suggestion(for: name, among: others) else { return "" }
    return "; did you mean \(near)?"
  }
}
