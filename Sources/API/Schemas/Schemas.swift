// The shapes that several operations share.
import Engine

enum Schemas {
  /// Texts are bounded by the body they come in; this is what the document says of a single one.
  static let longestText = 1 << 20

  static let critic = Schema.text(atMost: CaseReading.longestName, atLeast: 1)
  static let time = Schema.text(atMost: 40, format: "date-time")
  static let hash = Schema.text(atMost: 71)
  static let statement = Schema.text(atMost: 4096, atLeast: 1)

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
              Member("pointer", .text(atMost: 8192), required: true),
              Member("message", .text(atMost: 8192), required: true),
            ]), count: 0...200), "Every wrong field, by its JSON Pointer."),
      ], open: true))
}
