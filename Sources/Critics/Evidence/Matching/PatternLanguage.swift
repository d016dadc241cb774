// The language in which patterns are written down. One line is one pattern:
//
//     detector kind 0.9 : ignore+|disregard+ @earlier ..3 instruction+|rule+
//
// `word+` any inflection · `a|b` alternatives · `(a b/c)` alternatives of several words · `x?` optional · `..3` up to three
// other words between · `#` a number · `@name` a class, given by a line `@name = word word …` · `^` at the start of a
// sentence · marks in square brackets (nothing else may be written inside them) are symbols: `[<|]`. Articles, possessives
// and other light words need not be written: they hardly count. Words after the strength are flags: `always` (a negation
// before it does not excuse it), `guard` (excuses what it overlaps), `talk` (weaker where the text discusses), `proper` (a
// capitalised name must follow).
// A line beginning with `;` is a comment.

package enum PatternError: Error, CustomStringConvertible {
  case malformed(line: Int, text: String, why: String)

  package var description: String {
    switch self {
    case .malformed(let line, let text, let why): "pattern line \(line): \(why): \(text)"
    }
  }
}

struct PatternFlags: OptionSet, Sendable {
  let rawValue: UInt8
  static let always = PatternFlags(rawValue: 1)
  static let excuse = PatternFlags(rawValue: 2)
  static let talk = PatternFlags(rawValue: 4)
  static let opening = PatternFlags(rawValue: 8)
  static let proper = PatternFlags(rawValue: 16)
  /// Its own words deny (`without consent`): a denial within it is its sense, not its excuse.
  static let denies = PatternFlags(rawValue: 32)
}

/// What a pattern says when it is found.
struct PatternMeaning: Sendable {
  let detector: Detector
  let kind: String
  let strength: Float
  let flags: PatternFlags
}

/// One linear sequence: sets of words, each with the number of words that may stand before it.
struct Sequence: Hashable {
  struct Element: Hashable {
    var words: Set<String>
    var gap: Int
  }
  var elements: [Element]
}

/// Reads pattern text into meanings and the sequences that lead to them.
struct PatternReader {
  /// A pattern that unfolds into more sequences than this is refused: it is written too loosely.
  static let sequenceLimit = 512

  private(set) var classes: [String: Set<String>] = [:]
  private(set) var patterns: [(meaning: PatternMeaning, sequences: [Sequence])] = []
  private var line = 0
  private var text = ""

  mutating func read(_ source: String) throws(PatternError) {
    for (index, raw) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      line = index + 1
      text = raw.trimmed
      if text.isEmpty || text.hasPrefix(";") { continue }
      if text.hasPrefix("@") { try readClass() } else { try readPattern() }
    }
  }

  private func malformed(_ why: String) -> PatternError { .malformed(line: line, text: text, why: why) }

  private mutating func readClass() throws(PatternError) {
    let halves = text.split(separator: "=", maxSplits: 1)
    guard halves.count == 2 else { throw malformed("a class needs a name, = and words") }
    var words: Set<String> = classes[halves[0].trimmed] ?? []
    for word in halves[1].split(separator: " ") { words.formUnion(try alternatives(String(word))) }
    classes[halves[0].trimmed] = words
  }

  private mutating func readPattern() throws(PatternError) {
    let halves = text.split(separator: ":", maxSplits: 1)
    let head = halves[0].split(separator: " ")
    guard halves.count == 2, head.count >= 3, let detector = Detector.byName[String(head[0])],
      let strength = Float(head[2]), strength > 0, strength <= 1
    else { throw malformed("a pattern begins with `detector kind strength flags… :`") }
    var flags = PatternFlags()
    for flag in head.dropFirst(3) {
      switch flag {
      case "always": flags.insert(.always)
      case "guard": flags.insert(.excuse)
      case "talk": flags.insert(.talk)
      case "proper": flags.insert(.proper)
      default: throw malformed("unknown flag \(flag)")
      }
    }
    var tokens = try tokens(halves[1].trimmed)
    if tokens.first == "^" {
      flags.insert(.opening)
      tokens.removeFirst()
    }
    let sequences = try sequences(tokens)
    if sequences.contains(where: { $0.elements.contains { !$0.words.isDisjoint(with: WordLists.negatorSet) } }) {
      flags.insert(.denies)
    }
    patterns.append(
      (PatternMeaning(detector: detector, kind: String(head[1]), strength: strength, flags: flags), sequences))
  }

  /// Splits at spaces outside parentheses.
  private func tokens(_ body: String) throws(PatternError) -> [String] {
    var tokens: [String] = []
    var current = ""
    var depth = 0
    for character in body {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == " ", depth == 0 {
        if !current.isEmpty { tokens.append(current) }
        current = ""
      } else {
        current.append(character)
      }
    }
    guard depth == 0 else { throw malformed("unbalanced parentheses") }
    if !current.isEmpty { tokens.append(current) }
    return tokens
  }

  private func sequences(_ tokens: [String]) throws(PatternError) -> [Sequence] {
    var done: [Sequence] = [Sequence(elements: [])]
    var gap = 0
    for token in tokens {
      if token.hasPrefix("..") {
        gap = Int(token.dropFirst(2)) ?? 3
        continue
      }
      var body = token
      let optional = body.hasSuffix("?") && body != "?"
      if optional { body.removeLast() }
      var next: [Sequence] = optional ? done : []
      for tail in try unfold(body) {
        for sequence in done {
          var longer = sequence
          for (index, element) in tail.elements.enumerated() {
            var element = element
            // After an optional element was left out, the gap before it still counts.
            if index == 0 { element.gap = max(element.gap, gap) }
            longer.elements.append(element)
          }
          next.append(longer)
        }
      }
      done = next
      if !optional { gap = 0 }
      guard done.count <= Self.sequenceLimit else { throw malformed("unfolds into too many sequences") }
    }
    return Array(Set(done.filter { !$0.elements.isEmpty }))
  }

  /// One written element: a set of words, or a group of alternatives that may be sequences themselves. A group with `/` is
  /// divided there; one without is divided at its bars.
  private func unfold(_ body: String) throws(PatternError) -> [Sequence] {
    guard body.hasPrefix("("), body.hasSuffix(")") else {
      return [Sequence(elements: [.init(words: try alternatives(body), gap: 0)])]
    }
    let inner = String(body.dropFirst().dropLast())
    let divider: Character = inner.contains("/") ? "/" : "|"
    var words: Set<String> = []
    var result: [Sequence] = []
    for part in Self.split(inner, at: divider) {
      let part = part.trimmed
      if part.contains(" ") {
        result += try sequences(try tokens(part))
      } else {
        words.formUnion(try alternatives(part))
      }
    }
    if !words.isEmpty { result.append(Sequence(elements: [.init(words: words, gap: 0)])) }
    return result
  }

  private static func split(_ body: String, at divider: Character) -> [String] {
    var parts: [String] = [""]
    var depth = 0
    for character in body {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == divider, depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
    }
    return parts
  }

  private func alternatives(_ body: String) throws(PatternError) -> Set<String> {
    if body.hasPrefix("["), body.hasSuffix("]"), body.count > 2 { return [String(body.dropFirst().dropLast())] }
    var words: Set<String> = []
    for part in body.split(separator: "|") {
      if part.hasPrefix("@") {
        guard let members = classes[String(part)] else { throw malformed("unknown class \(part)") }
        words.formUnion(members)
      } else if part.hasSuffix("+"), part.count > 1 {
        words.formUnion(Inflection.forms(of: String(part.dropLast())))
      } else if part.hasPrefix("~"), part.count == 17 {
        words.insert(String(part))
      } else if part == "#" || part == "#number" {
        words.insert("#number")
      } else {
        guard part.utf8.allSatisfy({ $0.isWordByte }) else { throw malformed("`\(part)` is not a word") }
        words.insert(FoldedText.fold(String(part)))
      }
    }
    guard !words.isEmpty else { throw malformed("an empty element") }
    return words
  }
}

/// Regular English inflection, generous: forms that nobody writes cost nothing.
enum Inflection {
  static func forms(of word: String) -> Set<String> {
    var forms: Set<String> = [word, word + "s"]
    let vowels: Set<Character> = ["a", "e", "i", "o", "u"]
    if word.hasSuffix("e") {
      let stem = String(word.dropLast())
      forms.formUnion([word + "d", stem + "ing", word + "r", word + "rs"])
    } else if word.hasSuffix("y"), let before = word.dropLast().last, !vowels.contains(before) {
      let stem = String(word.dropLast())
      forms.formUnion([stem + "ies", stem + "ied", word + "ing", stem + "ier"])
    } else {
      forms.formUnion([word + "es", word + "ed", word + "ing", word + "er", word + "ers"])
      if let last = word.last, !vowels.contains(last), last != "w", last != "x", last != "y",
        let before = word.dropLast().last, vowels.contains(before)
      {
        forms.formUnion(["\(word)\(last)ed", "\(word)\(last)ing", "\(word)\(last)er"])
      }
    }
    return forms
  }
}

extension StringProtocol {
  var trimmed: String {
    var slice = Substring(self)
    while let first = slice.first, first.isWhitespace { slice.removeFirst() }
    while let last = slice.last, last.isWhitespace { slice.removeLast() }
    return String(slice)
  }
}

extension UInt8 {
  @inlinable var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
  @inlinable var isDigit: Bool { self &- 0x30 < 10 }
  /// What a word is made of after folding: letters, digits and bytes of other scripts.
  @inlinable var isWordByte: Bool { isLetter || isDigit || self >= 0x80 }
}
