// A case from JSON. Every wrong field is noted with its pointer, so that the poster hears of all of them at once; an
// unknown member is refused with the nearest known name, an unknown key of `context` is kept and noted.
import JSON

/// The members of a case, read one by one from an object that may hold others beside them.
///
///     var reading = CaseReading()
///     var object = try reader.object()
///     while let key = try reader.key(&object) {
///       if try reading.take(key, from: &reader) { continue }
///       …                                       // what else the object may hold
///     }
///     let matter = reading.finish(object, &reader)
package struct CaseReading {
  package static let members = ["kind", "action", "input", "output", "context", "actor", "subject", "tags"]

  /// Names and words have at most so many characters; texts are bounded by the body's own limit.
  package static let longestName = 512
  package static let mostTags = 64
  /// A case with more texts than this is refused.
  package static let mostTexts = 4096

  private var kind = ""
  private var action: String?
  private var input: Content?
  private var output: Content?
  private var facts = Facts()
  private var actor: String?
  private var subject: String?
  private var tags: [String] = []

  package init() {}

  /// Reads the member if it belongs to a case; false, with nothing read, if it does not.
  package mutating func take(_ key: JSONText, from reader: inout JSONReader) throws(JSONError) -> Bool {
    switch key {
    case "kind": kind = try reader.name() ?? ""
    case "action":
      let isText = try reader.peek() == .string
      let text = try reader.string()
      if isText && text.isEmpty { reader.refuse("must not be empty") }
      action = text
    case "input": input = try reader.content()
    case "output": output = try reader.content()
    case "context": facts = try reader.takeNull() ? Facts() : Facts(from: &reader)
    case "actor": actor = try reader.name()
    case "subject": subject = try reader.name()
    case "tags":
      if try !reader.takeNull() {
        tags = try reader.strings(maximumCount: Self.mostTags, maximumLength: Self.longestName)
      }
    default: return false
    }
    return true
  }

  /// The case, once the object has been read to its end.
  package func finish(_ object: JSONReader.Object, _ reader: inout JSONReader) -> Case {
    if action == nil { reader.missing("action", of: object) }
    let matter = Case(
      kind: kind, action: action ?? "", input: input, output: output, facts: facts, actor: actor, subject: subject,
      tags: tags)
    if matter.texts.count > Self.mostTexts {
      reader.refuse("must hold at most \(Self.mostTexts) texts", at: object)
    }
    return matter
  }
}

extension Case {
  /// Reads a case that stands alone: no other members are allowed.
  package static func decode(_ bytes: RawSpan, limits: JSONLimits = .standard) throws(JSONRefusal) -> Case {
    try JSONReader.decode(bytes, limits: limits) { reader throws(JSONError) in try Case.read(from: &reader) }
  }

  package static func decode(_ bytes: [UInt8]) throws(JSONRefusal) -> Case { try decode(bytes.span.bytes) }

  /// Reads a case where one stands in a larger text.
  package static func read(from reader: inout JSONReader) throws(JSONError) -> Case {
    var reading = CaseReading()
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if try !reading.take(key, from: &reader) { reader.refuseUnknown(key, known: CaseReading.members) }
    }
    return reading.finish(object, &reader)
  }
}

extension JSONReader {
  /// A short word or name, or nil for null.
  mutating func name() throws(JSONError) -> String? {
    try takeNull() ? nil : try string(maximumLength: CaseReading.longestName)
  }

  /// Text, or any other JSON.
  mutating func content() throws(JSONError) -> Content? {
    switch try peek() {
    case .null:
      _ = try takeNull()
      return nil
    case .string: return .text(try string())
    default:
      let value = try JSONValue(from: &self)
      do throws(JSONCanonical.Failure) {
        return .structure(try Content.Structure(value))
      } catch {
        refuse("holds a number that has no exact double; send it as a string")
        return nil
      }
    }
  }
}
