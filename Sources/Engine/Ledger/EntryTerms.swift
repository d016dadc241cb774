// What an entry can be found by: the values that filters ask for, and the words that it holds. Read in one pass over the
// entry's bytes into buffers that are used again for the next one, because the projection reads every entry of the log.
import Crypto
import Glibc
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
  func term(_ value: RawSpan) -> Int64 {
    SHA256.digest(prefix: rawValue, value).withUnsafeBytes { bytes in
      Int64(UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)) >> 16)
    }
  }

  func term(_ value: String) -> Int64 { term(Array(value.utf8).span.bytes) }
}

struct EntryTerms {
  /// Deeper parts of a body are not looked into.
  private static let depthLimit = 32

  /// A value that a filter may ask for: where it stands among the words.
  struct Value {
    let field: TermField
    let range: Range<Int>
  }

  /// In the order in which they were read; the same one may stand here more than once.
  private(set) var values: [Value] = []
  /// The UTF-8 of every string value in the entry, one after the other, each with a line feed; most of those that come again
  /// only once.
  private(set) var words: [UInt8] = []
  private(set) var time: Timestamp?
  private var recent = RecentStrings()
  /// How many strings were read.
  private var strings = 0

  /// Nil unless the bytes are an entry.
  init?(_ entry: RawSpan) {
    self.init()
    guard read(entry) else { return nil }
  }

  /// Of no entry yet.
  init() {}

  /// Reads another entry; false, and nothing is to be had from here, unless the bytes are one.
  mutating func read(_ entry: RawSpan) -> Bool {
    values.removeAll(keepingCapacity: true)
    words.removeAll(keepingCapacity: true)
    recent.removeAll()
    time = nil
    strings = 0
    do throws(JSONRefusal) {
      try JSONReader.decode(entry) { reader throws(JSONError) in
        var object = try reader.object()
        while let key = try reader.key(&object) {
          switch key {
          case "body": try readBody(&reader)
          case "type": try read(.type, &reader)
          case "actor": try read(.actor, &reader)
          case "subject": try read(.subject, &reader)
          case "trace": try read(.trace, &reader)
          case "id": try read(.identifier, &reader)
          case "time": time = try reader.text().withBytes { $0.withUnsafeBytes { Timestamp(utf8: $0) } }
          default: try reader.skip()
          }
        }
      }
    } catch { return false }
    return time != nil
  }

  /// Every string value in the entry.
  var text: String { String(decoding: words, as: UTF8.self) }

  func has(_ field: TermField, _ value: String) -> Bool {
    values.contains { $0.field == field && words[$0.range].elementsEqual(value.utf8) }
  }

  func term(_ value: Value) -> Int64 { value.field.term(words.span.bytes.extracting(value.range)) }

  func string(_ value: Value) -> String { String(decoding: words[value.range], as: UTF8.self) }

  // MARK: Reading

  /// Where the string stands among the words.
  private mutating func add(_ string: RawSpan) -> Range<Int> {
    strings += 1
    if let known = recent.range(of: string, in: words) { return known }
    let start = words.count
    string.withUnsafeBytes { words.append(contentsOf: $0) }
    let range = start..<words.count
    words.append(0x0A)
    recent.note(range, of: string)
    return range
  }

  private mutating func readString(_ reader: inout JSONReader) throws(JSONError) -> Range<Int> {
    let text = try reader.text()
    return text.withBytes { add($0) }
  }

  private mutating func read(_ field: TermField, _ reader: inout JSONReader) throws(JSONError) {
    if try reader.takeNull() { return }
    values.append(Value(field: field, range: try readString(&reader)))
  }

  private mutating func readBody(_ reader: inout JSONReader) throws(JSONError) {
    guard try reader.peek() == .object else { return try reader.skip() }
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if key == "verdict", try reader.peek() == .string {
        try read(.verdict, &reader)
      } else if key == "review" {
        values.append(Value(field: .review, range: 0..<0))
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
      let range = try readString(&reader)
      if isClause { values.append(Value(field: .clause, range: range)) }
    case .array:
      var array = try reader.array()
      while try reader.next(&array) { try walk(&reader, isClause: isClause, depth: depth + 1) }
    case .object: try walkObject(&reader, depth: depth)
    default: try reader.skip()
    }
  }

  private mutating func walkObject(_ reader: inout JSONReader, depth: Int) throws(JSONError) {
    var critic: Range<Int>?
    var severity: Double?
    var hasClauses = false
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if key == "critic", try reader.peek() == .string {
        critic = try readString(&reader)
      } else if key == "severity", try reader.peek() == .number {
        severity = try reader.double()
      } else {
        let isClause = key == "clause" || key == "clauses"
        let before = strings
        try walk(&reader, isClause: isClause, depth: depth + 1)
        if isClause && strings > before { hasClauses = true }
      }
    }
    // Every critic gives an opinion on every case; what one looks for is the critic who had something to say.
    if let critic, hasClauses || severity.map({ $0 > 0 }) ?? true {
      values.append(Value(field: .critic, range: critic))
    }
  }
}

/// Where strings that were read lately stand, so that one that comes again and again (the name of a critic, a verdict) is
/// kept once. A small table in which newer strings push out older ones: what it forgets is merely kept twice.
private struct RecentStrings {
  private static let slots = 64

  private var ranges: [Range<Int>] = Array(repeating: 0..<0, count: slots)

  mutating func removeAll() { for slot in ranges.indices { ranges[slot] = 0..<0 } }

  func range(of string: RawSpan, in words: [UInt8]) -> Range<Int>? {
    let range = ranges[Self.slot(string)]
    guard string.byteCount > 0, range.count == string.byteCount else { return nil }
    return words.span.bytes.extracting(range).withUnsafeBytes { known in
      string.withUnsafeBytes { string in
        // Neither is empty, so both have an address.
        memcmp(known.baseAddress.unsafelyUnwrapped, string.baseAddress.unsafelyUnwrapped, string.count) == 0
      }
    } ? range : nil
  }

  mutating func note(_ range: Range<Int>, of string: RawSpan) { ranges[Self.slot(string)] = range }

  /// From the length, the first and the last bytes, which is enough to tell names apart.
  private static func slot(_ string: RawSpan) -> Int {
    string.withUnsafeBytes { bytes in
      guard let first = bytes.first, let last = bytes.last else { return 0 }
      var mixed = UInt32(bytes.count) &* 0x9E37 &+ UInt32(first) &* 0x85EB &+ UInt32(last) &* 0xC2B2
      mixed = mixed &+ UInt32(bytes[bytes.count / 2]) &* 0x27D5
      return Int((mixed ^ mixed >> 11) % UInt32(slots))
    }
  }
}
