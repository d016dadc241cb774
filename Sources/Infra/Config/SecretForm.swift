// The other ways to give a secret: `name_file` holds it, `name_command` prints it. A command is run as it stands, with
// no shell between, so nothing in its words is expanded.
import YAML

enum SecretForm: String, CaseIterable, Sendable {
  case file = "_file"
  case command = "_command"

  static func names(of name: String) -> [String] { allCases.map { name + $0.rawValue } }
}

/// Reads secrets from the outside; replaceable so that a check can be made without touching it.
package struct SecretReader: Sendable {
  package typealias Read<Place> = @Sendable (Place) throws(SettingProblem) -> String

  package let file: Read<String>
  package let command: Read<[String]>

  package init(file: @escaping Read<String>, command: @escaping Read<[String]>) {
    self.file = file
    self.command = command
  }

  /// Real files and real commands.
  package static let system = SecretReader(
    file: { path throws(SettingProblem) in try SecretFile.read(path) },
    command: { words throws(SettingProblem) in try SecretCommand.run(words) })

  /// The words of a command, from a YAML list or from one line of words set apart by spaces.
  static func words(_ text: String) throws(SettingProblem) -> [String] {
    text.hasPrefix("[") ? try [String].read(text: text) : text.split(separator: " ").map(String.init)
  }

  /// The text that a file or a command gave: a last line end is not part of the secret.
  static func secret(in bytes: [UInt8], from place: String) throws(SettingProblem) -> String {
    guard bytes.count <= limit else { throw SettingProblem("\(place) gives more than \(limit) bytes") }
    guard var text = String(validating: bytes, as: UTF8.self) else { throw SettingProblem("\(place) gives no UTF-8") }
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
    guard !text.isEmpty else { throw SettingProblem("\(place) gives nothing") }
    return text
  }

  static let limit = 65_536
}
