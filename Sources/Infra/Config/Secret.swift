// A value that must not be seen: it has no description, no mirror and no written form that shows it, so that no log
// line, error or report can print it by accident. Only `reveal` does, and that word is easy to search for.

package struct Secret: SettingValue, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
  private let value: String

  package init(_ value: String) { self.value = value }

  /// What is shown instead.
  package static let placeholder = "********"

  package static var typeName: String { "a secret" }
  package static var isSecret: Bool { true }

  package static func read(text: String) throws(SettingProblem) -> Secret {
    guard !text.isEmpty, !text.utf8.contains(0) else { throw SettingProblem("the secret is empty") }
    return Secret(text)
  }

  package func reveal() -> String { value }

  package var written: String { Self.placeholder }
  package var description: String { Self.placeholder }
  package var debugDescription: String { Self.placeholder }
  package var customMirror: Mirror { Mirror(self, children: [:]) }

  /// Why this is no key to run a service with, in words that do not repeat it; nil when nothing speaks against it.
  package var weakness: String? {
    let bytes = Array(value.utf8)
    let folded = value.lowercased()
    if Self.wellKnown.contains(where: { folded.contains($0) }) {
      return "it contains a word from examples and defaults"
    }
    if bytes.count < 16 { return "it is shorter than 16 bytes" }
    var counts: [UInt8: Int] = [:]
    for byte in bytes { counts[byte, default: 0] += 1 }
    if counts.count < 8 { return "it has only \(counts.count) different characters" }
    let steps = zip(bytes, bytes.dropFirst()).count { abs(Int($0) - Int($1)) <= 1 }
    if steps * 2 > bytes.count { return "it is mostly a run of neighbouring characters" }
    if bytes.allSatisfy({ (0x30...0x39).contains($0) }) { return "it is nothing but digits" }
    return bytes.withUnsafeBytes { KeyWeakness.pattern(of: $0) }
  }

  private static let wellKnown = [
    "changeme", "change-me", "change_me", "password", "passw0rd", "secret", "example", "default", "insecure", "letmein",
    "replace", "your-key", "your_key", "test-key", "dummy", "qwerty", "12345678", "placeholder",
  ]
}
