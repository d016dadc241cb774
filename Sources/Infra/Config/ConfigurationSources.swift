// What a configuration is made from: a file, the environment, flags, and the way to secrets.
import Glibc

/// A setting given on the command line.
package struct GivenFlag: Hashable, Sendable {
  package let name: String
  package let text: String

  package init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

package struct ConfigurationSources: Sendable {
  package struct File: Sendable {
    /// As messages name it.
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  package var file: File?
  package var environment: [String: String]
  package var flags: [GivenFlag]
  package var secrets: SecretReader

  package init(
    file: File? = nil, environment: [String: String] = [:], flags: [GivenFlag] = [], secrets: SecretReader = .system
  ) {
    self.file = file
    self.environment = environment
    self.flags = flags
    self.secrets = secrets
  }

  /// No configuration file is larger.
  package static let fileLimit = 1 << 20

  /// Reads the file at `path`, or at the path in `variable`, which must be there; without either, `fallback` where it
  /// exists.
  package static func gather(
    file path: String?, variable: String = "WITAN_CONFIG", fallback: String = "witan.yaml", flags: [GivenFlag] = [],
    environment: [String: String] = processEnvironment()
  ) throws(ConfigurationError) -> ConfigurationSources {
    var sources = ConfigurationSources(environment: environment, flags: flags)
    let named = path ?? environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    guard let chosen = named ?? (access(fallback, F_OK) == 0 ? fallback : nil) else { return sources }
    do throws(SettingProblem) {
      sources.file = File(path: chosen, bytes: try SecretFile.contents(chosen, limit: fileLimit))
    } catch {
      throw ConfigurationError([Finding(SettingSource(.builtIn), error.message)])
    }
    return sources
  }

  /// The process's environment; a variable that is not UTF-8 is left out.
  package static func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      if let pair = String(validatingCString: text), let equals = pair.firstIndex(of: "=") {
        variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
      }
      entry += 1
    }
    return variables
  }
}

extension Invocation {
  /// The options of this command line that set a setting of `schema`.
  package func givenFlags(of schema: Schema) -> [GivenFlag] {
    schema.settings.compactMap(\.flag).flatMap { flag in texts(of: flag).map { GivenFlag(name: flag, text: $0) } }
  }
}
