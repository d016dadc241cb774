// Writes a record as one line. This is the only way from a record to bytes, and every text in it passes the redactor.
import Config
import JSON

package enum LogFormat: String, CaseIterable, SettingChoice {
  /// One JSON object a line.
  case json
  /// For people at a terminal.
  case text
  /// For journald: the text, with the priority in front (sd-daemon(3)).
  case journal
}

struct LogLine {
  let redactor: Redactor

  func append(_ record: LogRecord, as format: LogFormat, to writer: inout JSONWriter) {
    switch format {
    case .json: appendJSON(record, to: &writer)
    case .text: writer.raw(Array(text(record).utf8).span.bytes)
    case .journal: writer.raw(Array("<\(record.level.priority)>\(text(record))".utf8).span.bytes)
    }
    writer.endLine()
  }

  private func appendJSON(_ record: LogRecord, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("time", record.time.text)
    writer.member("level", record.level.rawValue)
    writer.member("component", record.component.description)
    writer.member("event", record.event.description)
    writer.member("message", redactor.redact(record.message))
    writer.member("trace_id", record.trace.description)
    if let span = record.span { writer.member("span_id", span.description) }
    if !record.fields.isEmpty {
      writer.key("fields")
      writer.beginObject()
      for (name, value) in record.fields {
        switch redacted(value, named: name) {
        case .string(let text): writer.member(name, text)
        case .integer(let number): writer.member(name, number)
        case .number(let number): writer.member(name, number)
        case .boolean(let value): writer.member(name, value)
        }
      }
      writer.endObject()
    }
    writer.endObject()
  }

  private func text(_ record: LogRecord) -> String {
    var line = "\(record.time.text) \(record.level.rawValue.uppercased()) \(record.event) "
    line += printable(redactor.redact(record.message))
    for (name, value) in record.fields {
      switch redacted(value, named: name) {
      case .string(let text): line += " \(name)=\(text.contains(" ") ? "\"\(printable(text))\"" : printable(text))"
      case .integer(let number): line += " \(name)=\(number)"
      case .number(let number): line += " \(name)=\(number)"
      case .boolean(let value): line += " \(name)=\(value)"
      }
    }
    return line + " trace_id=\(record.trace)"
  }

  /// The value as it may be seen: nothing under a secret's name, and no number that is a card's.
  func redacted(_ value: LogValue, named name: StaticString) -> LogValue {
    name.withUTF8Buffer { redacted(value, named: $0) }
  }

  func redacted(_ value: LogValue, named name: String) -> LogValue {
    var name = name
    return name.withUTF8 { redacted(value, named: $0) }
  }

  private func redacted(_ value: LogValue, named name: UnsafeBufferPointer<UInt8>) -> LogValue {
    if let secret = SecretName(name[...]), isTelling(value) {
      return .string("[redacted:\(secret.kind.rawValue)]")
    }
    switch value {
    case .string(let text):
      return HexName.isIdentifyingField(name[...]) && Self.isHex(text) ? value : .string(redactor.redact(text))
    case .integer(let number): return unlessCard(number, value)
    case .number(let number):
      return abs(number) >= 1e11 ? Int(exactly: number).map { unlessCard($0, value) } ?? value : value
    case .boolean: return value
    }
  }

  /// A trace, an identifier or a hash as the program writes it.
  private static func isHex(_ text: String) -> Bool {
    [16, 32, 40, 64, 96, 128].contains(text.utf8.count) && text.utf8.allSatisfy { Byte.isHex($0) }
  }

  private func isTelling(_ value: LogValue) -> Bool {
    if case .boolean = value { false } else { true }
  }

  private func unlessCard(_ number: Int, _ value: LogValue) -> LogValue {
    guard number.magnitude >= 100_000_000_000 else { return value }
    let text = String(number.magnitude)
    let clean = redactor.redact(text)
    return clean == text ? value : .string(clean)
  }

  /// No control character reaches a terminal or begins a line of its own.
  private func printable(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 }) else { return text }
    var clean = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: clean += "\\u{\(String(scalar.value, radix: 16))}"
      default: clean.unicodeScalars.append(scalar)
      }
    }
    return clean
  }
}
