// The cases of llhttp: Markdown with a request and the events that its parser reports. What has an error in strict mode
// has to be refused here. What llhttp accepts is accepted here too, once it has the Host that RFC 9112 demands, apart
// from those listed: there the RFC is stricter than llhttp.
import Foundation
import TestSupport

struct LLHTTPCase: Sendable, CustomStringConvertible {
  let file: String
  let title: String
  let kind: String
  let bytes: [UInt8]
  let log: String

  var description: String { "\(file): \(title)" }
  var isStrict: Bool { kind == "request" || kind == "request-finish" }
  /// Pausing is llhttp's way to hand over a connection, and data behind `Connection: close` is ignored by a server.
  var isRefused: Bool {
    log.contains("error code=") && !log.contains("Pause on CONNECT") && !log.contains("Data after")
  }

  static func all() throws -> [LLHTTPCase] {
    guard let folder = Fixtures.url("vectors/llhttp/test/request") else { return [] }
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return try files.filter { $0.pathExtension == "md" }.sorted { $0.path < $1.path }.flatMap(cases)
  }

  private static func cases(in file: URL) throws -> [LLHTTPCase] {
    // Decoded byte by byte, so that bytes above 127 come out as they went in.
    let text = String(try Data(contentsOf: file).map { Character(UnicodeScalar($0)) })
    var found: [LLHTTPCase] = []
    // `skipBody` has the test harness of llhttp leave the body out.
    for section in text.components(separatedBy: "\n#").dropFirst() where !section.contains("skipBody") {
      guard let kind = between(section, "\"type\":", "\"", skipping: "\""),
        let request = between(section, "```http\n", "\n```"), let log = between(section, "```log\n", "\n```")
      else { continue }
      let title = section.prefix { $0 != "\n" }.trimmingCharacters(in: CharacterSet(charactersIn: "# "))
      found.append(
        LLHTTPCase(
          file: file.lastPathComponent, title: title, kind: kind, bytes: unescape(request), log: log))
    }
    return found
  }

  private static func between(_ text: String, _ open: String, _ close: String, skipping: String = "") -> String? {
    guard let start = text.range(of: open) else { return nil }
    var rest = text[start.upperBound...].drop { !skipping.isEmpty && $0 == " " }
    if rest.hasPrefix(skipping) { rest = rest.dropFirst(skipping.count) }
    guard let end = rest.range(of: close) else { return nil }
    return String(rest[..<end.lowerBound])
  }

  /// llhttp's notation: line ends stand for CRLF, a backslash at the end joins lines, and \r \n \t \f \x41 are escapes.
  private static func unescape(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Substring(text)
    while let character = rest.popFirst() {
      if character == "\n" {
        bytes += [0x0d, 0x0a]
        continue
      }
      guard character == "\\", let escaped = rest.first else {
        bytes.append(contentsOf: character.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        continue
      }
      switch escaped {
      case "\n": rest.removeFirst()
      case "r": rest.removeFirst(); bytes.append(0x0d)
      case "n": rest.removeFirst(); bytes.append(0x0a)
      case "t": rest.removeFirst(); bytes.append(0x09)
      case "f": rest.removeFirst(); bytes.append(0x0c)
      case "x":
        let digits = rest.dropFirst().prefix(2)
        if let value = UInt8(digits, radix: 16) {
          bytes.append(value)
          rest = rest.dropFirst(3)
        } else {
          bytes.append(0x5c)
        }
      default: bytes.append(0x5c)
      }
    }
    return bytes
  }
}
