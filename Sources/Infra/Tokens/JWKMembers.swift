// The members of a JSON Web Key as they stand in the text. What only a secret key has goes from the text straight into bytes
// that are wiped, and is in no string on the way.
import Crypto
import JSON

final class JWKMembers {
  /// Members that only a secret key has (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
  private static let secretNames = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

  private enum Secret {
    case bytes([UInt8])
    case notText
    case notBase64
  }

  private var plain = JSONObject()
  private var secrets: [(name: String, value: Secret)] = []

  init() {}

  deinit { for name in secrets.map(\.name) { forget(name) } }

  /// Reads an object.
  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    while let key = try reader.key(&object) {
      let name = key.string
      guard Self.secretNames.contains(name) else {
        plain[name] = try JSONValue(from: &reader)
        continue
      }
      guard try reader.peek() == .string else {
        try reader.skip()
        secrets.append((name, .notText))
        continue
      }
      secrets.append((name, Self.decoded(try reader.text())))
    }
  }

  private static func decoded(_ text: JSONText) -> Secret {
    if let plain = text.plainBytes { return Base64URL.decode(plain).map { .bytes($0) } ?? .notBase64 }
    // Written with escapes, as no program does: taken out of them once, and that copy wiped too.
    var copy = text.bytes
    defer { wipe(&copy) }
    return Base64URL.decode(copy.span.bytes).map { .bytes($0) } ?? .notBase64
  }

  /// Whether it has anything that everybody must not see.
  var isSecret: Bool { !secrets.isEmpty }

  func has(_ name: String) -> Bool { plain[name] != nil || secrets.contains { $0.name == name } }

  func value(_ name: String) -> JSONValue? { plain[name] }

  func text(_ name: String) throws(CryptoError) -> String? {
    guard let value = plain[name] else { return nil }
    guard case .string(let text) = value else { throw .malformed("\(name) must be a string") }
    return text
  }

  func texts(_ name: String) throws(CryptoError) -> [String]? {
    guard let value = plain[name] else { return nil }
    guard case .array(let elements) = value else { throw .malformed("\(name) must be an array of strings") }
    var texts: [String] = []
    for element in elements {
      guard case .string(let text) = element else { throw .malformed("\(name) must be an array of strings") }
      // RFC 7517, section 4.3.
      guard !texts.contains(text) else { throw .malformed("\(name) has \(quoted(text)) twice") }
      texts.append(text)
    }
    return texts
  }

  func bytes(_ name: String) throws(CryptoError) -> [UInt8] {
    guard let text = try text(name) else { throw .malformed("\(name) is missing") }
    guard let bytes = Base64URL.decode(text) else { throw .malformed("\(name) is not canonical base64url") }
    return bytes
  }

  /// Hands a secret number over: the caller is its only owner from here on, and wipes it.
  func takeSecret(_ name: String) throws(CryptoError) -> [UInt8] {
    guard let place = secrets.firstIndex(where: { $0.name == name }) else { throw .malformed("\(name) is missing") }
    // The name stays, so that the key is known to be a secret one.
    var taken = Secret.notText
    swap(&taken, &secrets[place].value)
    switch taken {
    case .bytes(let bytes): return bytes
    case .notText: throw .malformed("\(name) must be a string")
    case .notBase64: throw .malformed("\(name) is not canonical base64url")
    }
  }

  private func forget(_ name: String) {
    guard var bytes = try? takeSecret(name) else { return }
    wipe(&bytes)
  }
}
