// The shapes that several operations share.
import Engine

enum Schemas {
  /// Texts are bounded by the body they come in; this is what the document says of a single one.
  static let longestText = 1 << 20

  static let critic = Schema.text(atMost: CaseReading.longestName, atLeast: 1)
  static let time = Schema.text(atMost: 40, format: "date-time")
  static let hash = Schema.text(.hexadecimal(64))
  static let count = Schema.integer(0...Int.max)
  static let share = Schema.number(0...1)
  static let statement = Schema.text(atMost: 4096, atLeast: 1)
  static let words = Schema.list(of: .text(atMost: longestText), count: 0...10_000)
  static let verdict = Schema.word(Verdict.allCases.map(\.rawValue))
  static let cursor = Schema.nullable(.text(atMost: 1024))
  static let version = Schema.text(atMost: 128, atLeast: 1)

  static let deliberationID = Schema.text(.identifier(prefix: "dlb_"))
  static let reviewID = Schema.text(.identifier(prefix: "rev_"))
  static let jobID = Schema.text(.identifier(prefix: "job_"))
  static let precedentID = Schema.text(.identifier(prefix: "prc_"))

  /// The shape of an answer: these members are always there, and others may come.
  static func answer(_ members: [(String, Schema)]) -> Schema {
    .object(members.map { Member($0, $1, required: true) }, open: true)
  }

  static func list(_ element: Schema) -> Schema { .list(of: element, count: 0...100_000) }

  static let problem = Schema.named(
    "Problem",
    .object(
      [
        Member("type", .text(atMost: 2048, format: "uri-reference"), required: true),
        Member("title", .text(atMost: 512), required: true),
        Member("status", .integer(400...599), required: true),
        Member("detail", .text(atMost: 8192)),
        Member("trace_id", .text(atMost: 32)),
        Member(
          "errors",
          .list(
            of: .object([
              Member("pointer", .text(atMost: longestText), required: true),
              Member("message", .text(atMost: longestText), required: true),
            ]), count: 0...200), "Every wrong field, by its JSON Pointer."),
      ], open: true))
}
