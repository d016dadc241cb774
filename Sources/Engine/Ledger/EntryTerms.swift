// What an entry can be found by: the values that filters ask for, and the words that it holds.
import Crypto
import JSON

/// What a filter compares. The raw value enters the term, so it never changes its meaning.
enum TermField: UInt8, CaseIterable, Sendable {
  case type = 1
  case actor = 2
  case subject = 3
  case trace = 4
  case verdict = 5
  /// A critic who raised something: with a clause, or with a severity above zero.
  case critic = 6
  case clause = 7
  case identifier = 8
  /// The review that an entry opens or answers, by its name; and the empty value for any.
  case review = 9

  /// 48 bits of SHA-256 over field and value: short keys, and so rarely two values with one term that whoever finds an
  /// entry by a term compares the value itself.
  func term(_ value: String) -> Int64 {
    let digest = SHA256.digest(Array([rawValue] + value.utf8))
    return (0..<6).reduce(0) { $0 << 8 | Int64(digest[$1]) }
  }
}

struct EntryTerms {
  /// Deeper parts of a body are not looked into.
  private static let depthLimit = 32

  private(set) var values: [TermField: Set<String>] = [:]
  /// Every string value in the entry, one after the other.
  private(set) var text = ""
  private(set) var time: Timestamp?

  /// Nil unless the bytes are an entry.
  init?(_ entry: RawSpan) {
    let read = try? JSONReader.decode(entry) { reader throws(JSONError) -> EntryTerms in
      var terms = EntryTerms()
      var object = try reader.object()
      while let key = try reader.key(&object) {
        switch key {
        case "body": try terms.readBody(&reader)
        case "type": try terms.read(.type, &reader)
        case "actor": try terms.read(.actor, &reader)
        case "subject": try terms.read(.subject, &reader)
        case "trace": try terms.read(.trace, &reader)
        case "id": try terms.read(.identifier, &reader)
        case "time": terms.time = Timestamp(text: try reader.string())
        default: try reader.skip()
        }
      }
      return terms
    }
    guard let read, read.time != nil else { return nil }
    self = read
  }

  private init() {}

  func has(_ field: TermField, _ value: String) -> Bool { values[field]?.contains(value) ?? false }

  var terms: Set<Int64> {
    var terms: Set<Int64> = []
    for (field, values) in values { for value in values { terms.insert(field.term(value)) } }
    return terms
  }

  private mutating func add(_ field: TermField, _ value: String) { values[field, default: []].insert(value) }

  private mutating func add(words: String) {
    text += words
    text += "\n"
  }

  private mutating func read(_ field: TermField, _ reader: inout JSONReader) throws(JSONError) {
    if try reader.takeNull() { return }
    let value = try reader.string()
    add(field, value)
    add(words: value)
  }

  private mutating func readBody(_ reader: inout JSONReader) throws(JSONError) {
    guard try reader.peek() == .object else { return try reader.skip() }
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if key == "verdict", try reader.peek() == .string {
        try read(.verdict, &reader)
      } else if key == "review" {
        add(.review, "")
        try readReview(&reader)
      } else {
        try walk(&reader, isClause: key == "clause" || key == "clauses", depth: 1)
      }
    }
  }

  /// A review by its name, or an object that has one.
  private mutating func readReview(_ reader: inout JSONReader) throws(JSONError) {
    guard try reader.peek() == .object else { return try read(.review, &reader) }
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if key == "id" { try read(.review, &reader) } else { try walk(&reader, isClause: false, depth: 2) }
    }
  }

  /// Any value in the body: its strings are words, its clauses and critics can be filtered by.
  private mutating func walk(_ reader: inout JSONReader, isClause: Bool, depth: Int) throws(JSONError) {
    guard depth < Self.depthLimit else { return try reader.skip() }
    switch try reader.peek() {
    case .string:
      let value = try reader.string()
      if isClause { add(.clause, value) }
      add(words: value)
    case .array:
      var array = try reader.array()
      while try reader.next(&array) { try walk(&reader, isClause: isClause, depth: depth + 1) }
    case .object: try walkObject(&reader, depth: depth)
    default: try reader.skip()
    }
  }

  private mutating func walkObject(_ reader: inout JSONReader, depth: Int) throws(JSONError) {
    var critic: String?
    var severity: Double?
    var hasClauses = false
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if key == "critic", try reader.peek() == .string {
        critic = try reader.string()
      } else if key == "severity", try reader.peek() == .number {
        severity = try reader.double()
      } else {
        let isClause = key == "clause" || key == "clauses"
        let start = text.utf8.count
        try walk(&reader, isClause: isClause, depth: depth + 1)
        if isClause && text.utf8.count > start { hasClauses = true }
      }
    }
    guard let critic else { return }
    add(words: critic)
    // Every critic gives an opinion on every case; what one looks for is the critic who had something to say.
    if hasClauses || severity.map({ $0 > 0 }) ?? true { add(.critic, critic) }
  }
}
