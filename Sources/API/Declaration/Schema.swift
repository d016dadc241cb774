// What a JSON value must look like. One declaration checks bodies and parameters and describes itself in the OpenAPI
// document, so that what is promised and what is enforced cannot differ.
import JSON

indirect enum Schema: Sendable {
  case any
  case boolean
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  case text(TextRule)
  /// One of these words.
  case word([String])
  case list(of: Schema, count: ClosedRange<Int>)
  case object(ObjectRule)
  /// Any names, at most so many, each with a value of the same shape.
  case map(of: Schema, atMost: Int, atLeast: Int = 0)
  case nullable(Schema)
  /// At least one of these.
  case either([Schema])
  /// A shape that the OpenAPI document describes once, under this name.
  case named(String, Schema)

  /// A text of at most so many characters, counted as JSON Schema counts them: code points.
  static func text(atMost most: Int, atLeast least: Int = 0, format: String? = nil) -> Schema {
    .text(TextRule(length: least...most, format: format))
  }

  /// A text of one form.
  static func text(_ form: TextForm) -> Schema { .text(TextRule(length: form.length, form: form)) }

  static func object(_ members: [Member], open: Bool = false) -> Schema {
    .object(ObjectRule(members: members, isOpen: open))
  }
}

struct TextRule: Sendable {
  var length: ClosedRange<Int>
  /// A word of the OpenAPI format registry: it describes, and does not check.
  var format: String?
  var form: TextForm?
}

/// What a text looks like, letter by letter: a regular expression for readers, and the same as code.
enum TextForm: Sendable {
  /// A prefix and 26 characters of Crockford's base 32.
  case identifier(prefix: String)
  /// So many hexadecimal digits.
  case hexadecimal(Int)
  /// A word that can stand in a path.
  case name
  /// The numbers of a tile: `000`, `x001/234.p/5`.
  case tile
  /// The field If-Match: `*`, or entity tags (RFC 9110, section 8.8.3).
  case entityTags
  /// The field Idempotency-Key: a structured-field string, or the same without its quotes.
  case key

  var pattern: String {
    switch self {
    case .identifier(let prefix): "^\(prefix)[0-9a-hjkmnp-tv-z]{26}$"
    case .hexadecimal(let count): "^[0-9a-f]{\(count)}$"
    case .name: "^[A-Za-z0-9_.-]{1,128}$"
    case .tile: "^[0-9xp./]{1,64}$"
    case .entityTags: #"^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$"#
    case .key: #"^("([ !#-\[\]-~]|\\["\\]){1,253}"|[!#-\[\]-~]([ !#-\[\]-~]{0,253}[!#-\[\]-~])?)$"#
    }
  }

  var length: ClosedRange<Int> {
    switch self {
    case .identifier(let prefix): (prefix.utf8.count + 26)...(prefix.utf8.count + 26)
    case .hexadecimal(let count): count...count
    case .name: 1...128
    case .tile: 1...64
    case .entityTags: 1...1024
    case .key: 1...IdempotencyKey.longest
    }
  }

  func fits(_ text: String) -> Bool {
    switch self {
    case .identifier(let prefix):
      text.hasPrefix(prefix) && text.utf8.dropFirst(prefix.utf8.count).allSatisfy(Self.base32.contains)
    case .hexadecimal: text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    case .name:
      text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == 0x5f || byte == 0x2d
          || byte == 0x2e
      }
    case .tile: text.utf8.allSatisfy("0123456789xp./".utf8.contains)
    // Fields of the head are read by whom they are for.
    case .entityTags, .key: true
    }
  }

  private static let base32 = Set("0123456789abcdefghjkmnpqrstvwxyz".utf8)
}

struct ObjectRule: Sendable {
  var members: [Member]
  /// Whether names that are not declared are let through.
  var isOpen: Bool
}

struct Member: Sendable {
  var name: String
  var schema: Schema
  var isRequired: Bool
  var summary: String

  init(_ name: String, _ schema: Schema, required: Bool = false, _ summary: String = "") {
    self.name = name
    self.schema = schema
    self.isRequired = required
    self.summary = summary
  }
}

// MARK: Checking

extension Schema {
  /// Adds to `errors` everything in `value` that breaks this schema.
  func check(_ value: JSONValue, at pointer: JSONPointer = .root, into errors: inout FieldErrors) {
    switch self {
    case .any: break
    case .boolean: if value.boolean == nil { errors.add(pointer, "must be true or false") }
    case .integer(let range):
      guard let integer = value.integer else { return errors.add(pointer, "must be an integer") }
      if !range.contains(integer) { errors.add(pointer, Self.outside(range)) }
    case .number(let range):
      guard let double = value.double else { return errors.add(pointer, "must be a number") }
      if !range.contains(double) { errors.add(pointer, Self.outside(range)) }
    case .text(let rule):
      guard let text = value.string else { return errors.add(pointer, "must be a string") }
      if let fault = rule.fault(in: text) { errors.add(pointer, fault) }
    case .word(let words):
      guard let text = value.string else { return errors.add(pointer, "must be a string") }
      if !words.contains(text) {
        let meant = NearestName.suggestion(for: text, among: words).map { "; did you mean “\($0)”?" } ?? ""
        errors.add(pointer, "must be one of \(words.joined(separator: ", "))\(meant)")
      }
    case .list(let element, let count):
      guard let elements = value.array else { return errors.add(pointer, "must be an array") }
      if !count.contains(elements.count) {
        errors.add(pointer, "must have \(count.lowerBound) to \(count.upperBound) elements")
      }
      for (index, each) in elements.prefix(count.upperBound).enumerated() {
        element.check(each, at: pointer.appending(index), into: &errors)
      }
    case .object(let rule): rule.check(value, at: pointer, into: &errors)
    case .map(let member, let most, let least):
      guard let object = value.object else { return errors.add(pointer, "must be an object") }
      if object.count < least { errors.add(pointer, "must have at least \(least) member\(least == 1 ? "" : "s")") }
      if object.count > most { errors.add(pointer, "must have at most \(most) members") }
      for each in object.members.prefix(most) {
        member.check(each.value, at: pointer.appending(each.name), into: &errors)
      }
    case .nullable(let schema): if !value.isNull { schema.check(value, at: pointer, into: &errors) }
    case .either(let schemas):
      let fits = schemas.contains { schema in
        var attempt = FieldErrors(limit: 1)
        schema.check(value, at: pointer, into: &attempt)
        return attempt.isEmpty
      }
      if !fits { errors.add(pointer, "is none of the forms allowed here") }
    case .named(_, let schema): schema.check(value, at: pointer, into: &errors)
    }
  }

  private static func outside<Bound>(_ range: ClosedRange<Bound>) -> String {
    "must lie in \(range.lowerBound) … \(range.upperBound)"
  }
}

extension TextRule {
  /// What is wrong with a text, or nil.
  fileprivate func fault(in text: String) -> String? {
    // Bytes are never fewer than characters: counting is for the long ones.
    if text.utf8.count > length.upperBound, text.unicodeScalars.count > length.upperBound {
      return "must have at most \(length.upperBound) characters"
    }
    if text.utf8.count < 4 * length.lowerBound, text.unicodeScalars.count < length.lowerBound {
      return length.lowerBound == 1 ? "must not be empty" : "must have at least \(length.lowerBound) characters"
    }
    if let form, !form.fits(text) { return "must match \(form.pattern)" }
    return nil
  }
}

extension ObjectRule {
  fileprivate func check(_ value: JSONValue, at pointer: JSONPointer, into errors: inout FieldErrors) {
    guard let object = value.object else { return errors.add(pointer, "must be an object") }
    for member in members {
      if let found = object[member.name] {
        member.schema.check(found, at: pointer.appending(member.name), into: &errors)
      } else if member.isRequired {
        errors.add(pointer.appending(member.name), "is required")
      }
    }
    guard !isOpen else { return }
    let known = members.map(\.name)
    for name in object.names where !known.contains(name) {
      let meant = NearestName.suggestion(for: name, among: known).map { "; did you mean “\($0)”?" } ?? ""
      errors.add(pointer.appending(name), "is not known here\(meant)")
    }
  }
}

// MARK: Describing

extension Schema {
  /// As JSON Schema 2020-12, the dialect of OpenAPI 3.1. Named schemas are referred to.
  func describe(in writer: inout JSONWriter) {
    if case .named(let name, _) = self {
      writer.beginObject()
      writer.member("$ref", "#/components/schemas/\(name)")
      writer.endObject()
    } else {
      describeWhole(in: &writer)
    }
  }

  /// The same, with a named schema written out at its outermost level.
  func describeWhole(in writer: inout JSONWriter) {
    if case .named(_, let schema) = self { return schema.describeWhole(in: &writer) }
    writer.beginObject()
    switch self {
    case .any, .named: break
    case .boolean: writer.member("type", "boolean")
    case .integer(let range):
      writer.member("type", "integer")
      if range.lowerBound > .min { writer.member("minimum", range.lowerBound) }
      if range.upperBound < .max { writer.member("maximum", range.upperBound) }
    case .number(let range):
      writer.member("type", "number")
      if range.lowerBound.isFinite { writer.member("minimum", range.lowerBound) }
      if range.upperBound.isFinite { writer.member("maximum", range.upperBound) }
    case .text(let rule):
      writer.member("type", "string")
      if rule.length.lowerBound > 0 { writer.member("minLength", rule.length.lowerBound) }
      if rule.length.upperBound < .max { writer.member("maxLength", rule.length.upperBound) }
      if let form = rule.form { writer.member("pattern", form.pattern) }
      if let format = rule.format { writer.member("format", format) }
    case .word(let words):
      writer.member("type", "string")
      writer.member("enum", words)
    case .list(let element, let count):
      writer.member("type", "array")
      if count.lowerBound > 0 { writer.member("minItems", count.lowerBound) }
      if count.upperBound < .max { writer.member("maxItems", count.upperBound) }
      writer.key("items")
      element.describe(in: &writer)
    case .object(let rule): rule.describe(in: &writer)
    case .map(let member, let most, let least):
      writer.member("type", "object")
      if least > 0 { writer.member("minProperties", least) }
      writer.member("maxProperties", most)
      writer.key("additionalProperties")
      member.describe(in: &writer)
    case .nullable(let schema):
      writer.key("anyOf")
      writer.beginArray()
      schema.describe(in: &writer)
      writer.beginObject()
      writer.member("type", "null")
      writer.endObject()
      writer.endArray()
    case .either(let schemas):
      writer.key("anyOf")
      writer.beginArray()
      for schema in schemas { schema.describe(in: &writer) }
      writer.endArray()
    }
    writer.endObject()
  }

  /// Every named schema within this one, by name.
  func collectNamed(into found: inout [String: Schema]) {
    switch self {
    case .named(let name, let schema):
      guard found[name] == nil else { return }
      found[name] = schema
      schema.collectNamed(into: &found)
    case .list(let schema, _), .map(let schema, _, _), .nullable(let schema): schema.collectNamed(into: &found)
    case .object(let rule): for member in rule.members { member.schema.collectNamed(into: &found) }
    case .either(let schemas): for schema in schemas { schema.collectNamed(into: &found) }
    case .any, .boolean, .integer, .number, .text, .word: break
    }
  }
}

extension ObjectRule {
  fileprivate func describe(in writer: inout JSONWriter) {
    writer.member("type", "object")
    writer.key("properties")
    writer.beginObject()
    for member in members {
      writer.key(member.name)
      if member.summary.isEmpty {
        member.schema.describe(in: &writer)
      } else {
        writer.beginObject()
        writer.member("description", member.summary)
        writer.key("allOf")
        writer.beginArray()
        member.schema.describe(in: &writer)
        writer.endArray()
        writer.endObject()
      }
    }
    writer.endObject()
    let required = members.filter(\.isRequired).map(\.name)
    if !required.isEmpty { writer.member("required", required) }
    if !isOpen { writer.member("additionalProperties", false) }
  }
}
