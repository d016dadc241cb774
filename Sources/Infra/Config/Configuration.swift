// The settings in force: a value for each, and where it came from.
import YAML

/// Where a value came from.
package struct SettingSource: Hashable, Sendable, CustomStringConvertible {
  package enum Layer: Hashable, Sendable {
    case builtIn
    case file(path: String, YAMLPosition)
    case environment(variable: String)
    case flag(name: String)
  }

  /// How a secret was had from its layer.
  package enum Route: Hashable, Sendable {
    case direct
    case file(String)
    case command(String)
  }

  package let layer: Layer
  package let route: Route

  package init(_ layer: Layer, route: Route = .direct) {
    self.layer = layer
    self.route = route
  }

  package var description: String {
    let place =
      switch layer {
      case .builtIn: "default"
      case .file(let path, let position): "\(path):\(position.line):\(position.column)"
      case .environment(let variable): "environment \(variable)"
      case .flag(let name): "flag --\(name)"
      }
    return switch route {
    case .direct: place
    case .file(let path): "\(place), from the file \(path)"
    case .command(let program): "\(place), from the command \(program)"
    }
  }
}

/// One thing that is wrong, and where.
package struct Finding: Hashable, Sendable, CustomStringConvertible {
  package let source: SettingSource
  /// The setting's name, where one is known.
  package let setting: String?
  package let message: String

  package init(_ source: SettingSource, setting: String? = nil, _ message: String) {
    self.source = source
    self.setting = setting
    self.message = message
  }

  package var description: String {
    let place = source.layer == .builtIn ? "" : "\(source): "
    return place + (setting.map { "\($0): " } ?? "") + message
  }
}

/// Everything that is wrong with a configuration, a line each.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  package let findings: [Finding]

  package init(_ findings: [Finding]) { self.findings = findings }

  package var description: String { findings.map(\.description).joined(separator: "\n") }
}

package struct Configuration: Sendable {
  struct Entry: Sendable {
    let value: StoredValue
    let source: SettingSource
  }

  var entries: [String: Entry] = [:]

  /// Every setting at its default.
  package init() {}

  package subscript<Value>(setting: Setting<Value>) -> Value {
    get { entries[setting.name]?.value.value as? Value ?? setting.defaultValue }
    /// For tests and for programs that embed a part: the value counts as built in.
    set { entries[setting.name] = Entry(value: setting.stored(newValue), source: SettingSource(.builtIn)) }
  }

  package func source(of name: String) -> SettingSource {
    entries[name]?.source ?? SettingSource(.builtIn)
  }
}
