// A page of a list that is at hand whole: the cursor is a place in the list, for nobody to look into.
import Crypto
import HTTP
import JSON

struct Page<Element> {
  static var largest: Int { 1000 }
  static var usual: Int { 50 }

  let elements: ArraySlice<Element>
  /// The cursor of the page that follows; nil at the end.
  let next: String?

  /// The page that `asked` names by `limit` and `cursor`.
  init(of all: [Element], asked: CheckedQuery) throws(Problem) {
    let start = try Cursor.place(asked.text("cursor"))
    let end = min(all.count, start + (asked.integer("limit") ?? Self.usual))
    elements = all[min(start, all.count)..<max(end, min(start, all.count))]
    next = end < all.count ? Cursor.text(end) : nil
  }
}

extension Page where Element == Never {
  /// `limit` and `cursor`, for lists of `what`.
  static func parameters(_ what: String) -> [Parameter] {
    [
      Parameter("limit", .integer(1...largest), example: 2, "\(what) a page; \(usual) if not given."),
      Parameter("cursor", .text(atMost: 1024), "From the page before."),
    ]
  }
}

private enum Cursor {
  static func text(_ place: Int) -> String { Base64URL.encode(Array("at \(place)".utf8)) }

  static func place(_ text: String?) throws(Problem) -> Int {
    guard let text else { return 0 }
    if let bytes = Base64URL.decode(Array(text.utf8).span.bytes) {
      let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
      if words.count == 2, words[0] == "at", let place = Int(words[1]), place >= 0 { return place }
    }
    throw Problem(
      .unprocessableContent, detail: "some fields are wrong",
      errors: [.init("/query/cursor", "is not the cursor of a page; begin again without it")])
  }
}
