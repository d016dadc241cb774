// The version of a constitution: SHA-256 over the document's content in canonical JSON (RFC 8785). Comments, layout and
// the order of keys do not change it; values and the order of lists do.
import Crypto
import JSON
import YAML

enum CanonicalDocument {
  /// The document as JSON: a number as its value, whatever way it was written.
  static func value(of node: YAMLNode) -> JSONValue {
    switch node.content {
    case .mapping(let entries): .object(JSONObject(entries.map { ($0.key, value(of: $0.value)) }))
    case .sequence(let items): .array(items.map(value))
    case .scalar(let scalar, _, _):
      switch scalar {
      case .null: .null
      case .boolean(let flag): .boolean(flag)
      case .integer(let integer): .integer(integer)
      case .float(let number): .double(number)
      case .string(let text): .string(text)
      }
    }
  }

  static func version(of canonical: [UInt8]) -> String { "sha256:" + SHA256.digest(canonical).hex }
}
