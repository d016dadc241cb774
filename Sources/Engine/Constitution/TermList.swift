// A list of terms, made ready for asking whether a fact names or mentions one of them. Spelling that carries no meaning
// does not matter: case, underscores, hyphens, camelCase.

/// Terms of one to a few words each.
///
/// ```swift
/// let terms: TermList = ["gender", "date of birth"]
/// terms.equals("Gender")                             // true
/// terms.named(in: "applicantDateOfBirth")            // true where "applicant" is a neutral word
/// terms.mentioned(in: "sorted by gender and region")  // true
/// terms.mentioned(in: "sorted without gender")        // false
/// ```
package final class TermList: Sendable, Hashable, ExpressibleByArrayLiteral {
  /// The terms as they were written.
  package let terms: [String]
  /// Words that may stand beside a term without changing what an entry names.
  private let neutral: Set<String>
  private let normal: Set<String>
  /// The terms, and what they are inflected to: what a text may mention them as.
  private let mentionable: Set<String>
  private let longest: Int
  private let beginnings: Beginnings

  package init(_ terms: [String], neutral: Set<String> = []) {
    self.terms = terms
    self.neutral = neutral
    let words = terms.map(TermList.words)
    let inflected = words.flatMap(TermList.inflections)
    normal = Set(words.map { $0.joined(separator: " ") })
    mentionable = normal.union(inflected.map { $0.joined(separator: " ") })
    longest = words.map(\.count).max() ?? 0
    beginnings = Beginnings(words + inflected)
  }

  package convenience init(arrayLiteral terms: String...) { self.init(terms) }

  package static func == (left: TermList, right: TermList) -> Bool {
    left === right || (left.terms == right.terms && left.neutral == right.neutral)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(terms) }

  /// The whole text is one of the terms.
  package func equals(_ text: String) -> Bool {
    guard beginnings.mayOccur(in: text) else { return false }
    return normal.contains(text) || normal.contains(TermList.words(text).joined(separator: " "))
  }

  /// The text is made of neutral words and terms alone, with at least one term. Numbers are neutral, and so is a word of one or
  /// two letters behind a term: it codes a value, as in "gender_F".
  package func named(in text: String) -> Bool {
    guard beginnings.mayOccur(in: text) else { return false }
    let words = TermList.words(text)
    guard !words.isEmpty, words.count <= TermList.longestEntry else { return false }
    var reached = [(reachable: Bool, term: Bool)](repeating: (false, false), count: words.count + 1)
    reached[0].reachable = true
    for start in words.indices where reached[start].reachable {
      let isCode = reached[start].term && words[start].utf8.count <= 2
      if isCode || neutral.contains(words[start]) || words[start].utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
        reached[start + 1].reachable = true
        reached[start + 1].term = reached[start + 1].term || reached[start].term
      }
      var candidate = words[start]
      guard beginnings.mayBegin(with: candidate) else { continue }
      for end in start..<min(words.count, start + longest) {
        if end > start { candidate += " " + words[end] }
        if normal.contains(candidate) { reached[end + 1] = (true, true) }
      }
    }
    return reached[words.count].reachable && reached[words.count].term
  }

  /// Some term occurs in the text as whole words, in any inflection, and is not denied there ("no tracking").
  package func mentioned(in text: String) -> Bool { firstMention(in: text) != nil }

  /// The first term that occurs in the text as whole words and is not denied, as it stands there.
  package func firstMention(in text: String) -> String? {
    guard beginnings.mayOccur(in: text) else { return nil }
    let words = TermList.words(text)
    for start in words.indices {
      var candidate = words[start]
      guard beginnings.mayBegin(with: candidate) else { continue }
      for end in start..<min(words.count, start + longest) {
        if end > start { candidate += " " + words[end] }
        if mentionable.contains(candidate), !TermList.denied(words, at: start) { return candidate }
      }
    }
    return nil
  }

  /// Whether one of the two words before the place denies what stands there; "not only" does not.
  private static func denied(_ words: [String], at place: Int) -> Bool {
    for before in words.indices[..<place].suffix(2) where denials.contains(words[before]) {
      return before + 1 == place || !limits.contains(words[before + 1])
    }
    return false
  }

  private static let denials: Set<String> = [
    "no", "not", "never", "without", "nor", "neither", "non", "avoid", "avoids", "avoiding", "prevent", "prevents",
    "preventing", "prevention",
  ]
  private static let limits: Set<String> = ["only", "just", "merely", "simply"]

  /// The other forms that the last word of a term takes in English. Short words have too many meanings in them ("fired").
  private static func inflections(_ term: [String]) -> [[String]] {
    guard let last = term.last, last.utf8.count >= 4, last.utf8.allSatisfy({ (0x61...0x7a).contains($0) }) else {
      return []
    }
    var forms = ["s", "es"].map { last + $0 }
    if last.utf8.count >= 5 {
      let stem = String(last.dropLast())
      if last.hasSuffix("e") {
        forms += [last + "d", stem + "ing"]
      } else if last.hasSuffix("y") {
        forms += [stem + "ies", stem + "ied", last + "ing"]
      } else {
        forms += [last + "ed", last + "ing"]
      }
    }
    return forms.map { term.dropLast() + [$0] }
  }

  /// Entries of more words than this name nothing in particular.
  private static let longestEntry = 16

  /// The words of a text in lower case: runs of letters and digits, split where lower case turns to upper.
  package static func words(_ text: String) -> [String] {
    var text = text
    return text.withUTF8 { bytes in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count) { words(bytes, lower: $0) }
    }
  }

  /// `lower` has room for as many bytes as there are.
  private static func words(
    _ bytes: UnsafeBufferPointer<UInt8>, lower: UnsafeMutableBufferPointer<UInt8>
  ) -> [String] {
    var words: [String] = []
    var start = 0
    var isPlain = true
    var previousLower = false
    func finish(_ end: Int) {
      if start < end {
        let word = String(decoding: lower[start..<end], as: UTF8.self)
        words.append(isPlain ? word : word.lowercased())
      }
      (start, isPlain, previousLower) = (end, true, false)
    }
    for (place, byte) in bytes.enumerated() {
      lower[place] = byte
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): previousLower = true
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        if previousLower { finish(place) }
        lower[place] = byte | 0x20
        previousLower = false
      case 0x80...:
        isPlain = false
        previousLower = false
      default:
        finish(place)
        start = place + 1
      }
    }
    finish(bytes.count)
    return words
  }
}
