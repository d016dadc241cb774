// Tags and comments of HTML that are read over: what is shown is the text without them. What stands within them is kept and
// read apart, since whoever reads the source sees it.

struct Tag {
  let length: Int
  /// Letters touch it on both sides, and are shown as one word: `ig<b>no</b>re`.
  let isWithinWord: Bool
  /// How many of its bytes are its name and the mark before it.
  private let head: Int

  /// Longer tags are not read as such.
  private static let limit = 256

  /// The tag that begins at `index`. Within a word it may have any name, as long as it has nothing but the name; elsewhere it is
  /// one of those that set text in order. Other tags stay: `<system>` is no HTML.
  init?(_ source: TextBytes, _ index: Int, _ length: Int) {
    guard index + 2 < length else { return nil }
    var end = index + 1
    let isComment = source[end] == 0x21
    if source[end] == 0x2f { end += 1 }
    let name = end
    while end < length, end < name + 12, source[end].isLetter || end > name && source[end].isDigit { end += 1 }
    guard isComment || end > name else { return nil }
    let nameEnd = end
    while end < length, end < index + Self.limit, source[end] != 0x3e {
      if source[end] == 0x3c || source[end] == 0x0a { return nil }
      end += 1
    }
    guard end < length, source[end] == 0x3e else { return nil }
    let before = index > 0 ? source[index - 1] : 0x20
    let after = end + 1 < length ? source[end + 1] : 0x20
    let isTouched =
      (before.isLetter || before == 0x3e) && (after.isLetter || after == 0x3c || after == 0x26 || after >= 0x80)
    var divides = false
    if isComment {
      guard isTouched else { return nil }
    } else {
      let isBare = end == nameEnd || end == nameEnd + 1 && source[nameEnd] == 0x2f
      guard isBare || source[nameEnd] == 0x20 || source[nameEnd] == 0x2f else { return nil }
      divides = Self.isOne(of: Self.dividing, source, name, nameEnd)
      guard
        divides || Self.isOne(of: Self.inline, source, name, nameEnd)
          || isBare && isTouched && before.isLetter && after.isLetter
      else { return nil }
    }
    isWithinWord = isTouched && !divides
    self.length = end + 1 - index
    head = nameEnd - index
  }

  /// What stands in the tag beside its name.
  func inside(_ source: TextBytes, _ index: Int) -> UnsafeBufferPointer<UInt8>.SubSequence {
    UnsafeBufferPointer(start: source + index, count: length - 1)[head...]
  }

  private static func isOne(of names: [String], _ source: TextBytes, _ start: Int, _ end: Int) -> Bool {
    guard end - start <= 10 else { return false }
    return names.contains { name in
      name.utf8.count == end - start && zip(name.utf8, start..<end).allSatisfy { $0.0 == source[$0.1] | 0x20 }
    }
  }

  private static let inline = [
    "b", "i", "u", "s", "a", "q", "em", "tt", "del", "ins", "sub", "sup", "wbr", "big", "span", "font", "mark", "code",
    "abbr", "cite", "small", "label", "strong", "strike",
  ]

  /// What stands on both sides of these is shown apart.
  private static let dividing = [
    "p", "br", "hr", "li", "ul", "ol", "td", "tr", "th", "dd", "dt", "dl", "pre", "div", "nav", "body", "html", "head",
    "main", "table", "tbody", "thead", "aside", "center", "section", "article", "header", "footer", "blockquote",
  ]
}
