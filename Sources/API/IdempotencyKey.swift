// The field Idempotency-Key: a structured-field string ("…", RFC 9651, section 3.3.3), or the same without the quotes.
import Engine
import HTTP

struct IdempotencyKey {
  static let longest = 255

  let text: String

  /// Nil where the request has none; 400 for one that cannot be read.
  init?(_ request: Request) throws(Problem) {
    let lines = request.headers("Idempotency-Key")
    guard let line = lines.first else { return nil }
    guard lines.count == 1, let text = Self.read(line), (1...Self.longest).contains(text.utf8.count) else {
      throw Problem(
        .badRequest, detail: "Idempotency-Key must be one string of 1 to \(Self.longest) visible characters")
    }
    self.text = text
  }

  /// The same for a deliberation, which must leave something that a repeat can find.
  init?(_ request: Request, for deliberation: DeliberationRequest) throws(Problem) {
    try self.init(request)
    if deliberation.options.dryRun {
      throw Problem(
        .unprocessableContent, detail: "some fields are wrong",
        errors: [
          .init("/options/dry_run", "leaves nothing that an Idempotency-Key could stand for; leave one of them out")
        ])
    }
  }

  private static func read(_ line: String) -> String? {
    guard line.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else { return nil }
    guard line.hasPrefix("\"") else { return line.contains("\"") || line.contains("\\") ? nil : line }
    var text = ""
    var rest = line.dropFirst()
    while let character = rest.popFirst() {
      switch character {
      case "\"": return rest.isEmpty ? text : nil
      case "\\":
        guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else { return nil }
        text.append(escaped)
      default: text.append(character)
      }
    }
    return nil
  }
}
