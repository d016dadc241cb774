// A sentence as grounding sees it: its content words (stemmed, without the words that every sentence has), its numbers, its
// names, and whether it denies.

struct Sentence {
  /// More words of one sentence are not looked at.
  static let wordLimit = 64

  /// Byte offsets into its text.
  let start: Int
  let end: Int
  private(set) var words: Set<UInt64> = []
  private(set) var numbers: Set<String> = []
  /// Capitalised words that do not begin the sentence.
  private(set) var names: Set<UInt64> = []
  private(set) var denials = 0
  /// Words that have an opposite, by the pair: the pair's number, positive for one side and negative for the other.
  private(set) var poles: [Int: Int] = [:]

  var denies: Bool { denials % 2 == 1 }

  init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    start = range.lowerBound
    end = range.upperBound
    var index = range.lowerBound
    var first = true
    var count = 0
    while index < range.upperBound, count < Self.wordLimit {
      guard bytes[index].isWordByte else {
        index += 1
        continue
      }
      var stop = index
      while stop < range.upperBound, bytes[stop].isWordByte || Self.joins(bytes, stop, range.upperBound) { stop += 1 }
      read(bytes, index, stop, first)
      first = false
      count += 1
      index = stop
    }
  }

  /// An apostrophe within a word, a point or comma within a number.
  private static func joins(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int, _ limit: Int) -> Bool {
    guard index + 1 < limit, index > 0 else { return false }
    if bytes[index] == 0x27 { return bytes[index + 1].isLetter }
    return (bytes[index] == 0x2e || bytes[index] == 0x2c) && bytes[index - 1].isDigit && bytes[index + 1].isDigit
  }

  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ stop: Int, _ first: Bool) {
    var word = bytes[start..<stop].map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    if word[0].isDigit {
      let plain = word.filter { $0 != 0x2c }
      let digits = plain.prefix { $0.isDigit || $0 == 0x2e }
      numbers.insert(String(decoding: digits, as: UTF8.self))
      return
    }
    if let quote = word.firstIndex(of: 0x27) {
      if word.suffix(2) == [0x27, 0x74] { denials += 1 }
      word = Array(word[..<quote])
    }
    let hash = WordHash.of(word)
    if let number = Vocabulary.numbers[hash] {
      numbers.insert(number)
      return
    }
    if Vocabulary.denials.contains(hash) { denials += 1 }
    if let pole = Vocabulary.poles[hash] { poles[abs(pole)] = pole }
    guard !Vocabulary.common.contains(hash), word.count > 1 else { return }
    let stem = WordHash.of(Vocabulary.stem(word))
    words.insert(stem)
    if !first, (0x41...0x5a).contains(bytes[start]), word.count > 2 { names.insert(stem) }
  }

  /// Sentences of a text, at most `limit`.
  static func all(in bytes: UnsafeBufferPointer<UInt8>, limit: Int) -> [Sentence] {
    var result: [Sentence] = []
    var start = 0
    var index = 0
    while index <= bytes.count, result.count < limit {
      let ends =
        index == bytes.count || bytes[index] == 0x0a
        || (bytes[index] == 0x2e || bytes[index] == 0x21 || bytes[index] == 0x3f || bytes[index] == 0x3b)
          && (index + 1 == bytes.count || bytes[index + 1] <= 0x20)
      if ends {
        var first = start
        while first < index, bytes[first] <= 0x20 { first += 1 }
        if index - first >= 4 { result.append(Sentence(bytes, first..<index)) }
        start = index + 1
      }
      index += 1
    }
    return result.filter { !$0.words.isEmpty || !$0.numbers.isEmpty }
  }
}

/// Words with a part to play in grounding.
enum Vocabulary {
  private static func hashes(_ words: String) -> Set<UInt64> {
    Set(words.split(separator: " ").map { WordHash.of($0.utf8) })
  }

  static let denials = hashes(
    "not no never none neither nor without cannot dont doesnt didnt isnt wasnt arent werent nobody nothing hardly false untrue lacks lack failed fails refused denied"
  )
  static let common = hashes(
    """
    the a an and or but of to in on at by for with from as is are was were be been being it its this that these those he \
    she they them his her their we our you your i my me us who which what when where why how there here has have had do \
    does did will would can could shall should may might must not no never also very more most much many some any all \
    each every other than then so such only just about into over under after before between during while because if \
    according said says one both out up down off again once too own same new made make
    """)
  static let numbers: [UInt64: String] = {
    var result: [UInt64: String] = [:]
    let names =
      "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    for (value, name) in names.split(separator: " ").enumerated() where value > 1 {
      result[WordHash.of(name.utf8)] = "\(value)"
    }
    for (name, value) in [
      ("thirty", 30), ("forty", 40), ("fifty", 50), ("sixty", 60), ("seventy", 70), ("eighty", 80), ("ninety", 90),
      ("hundred", 100), ("thousand", 1000),
    ] {
      result[WordHash.of(name.utf8)] = "\(value)"
    }
    return result
  }()

  /// Opposites: each pair has a number, its two sides have its two signs.
  static let poles: [UInt64: Int] = {
    let pairs = """
      increase/decrease increased/decreased increases/decreases rose/fell rise/fall higher/lower more/fewer up/down \
      alive/dead approved/rejected approve/reject accepted/rejected granted/denied guilty/innocent guilty/acquitted \
      true/false open/closed opened/closed won/lost win/lose safe/dangerous safe/unsafe legal/illegal present/absent \
      positive/negative before/after above/below male/female success/failure succeeded/failed passed/failed \
      started/ended began/ended agreed/disagreed agree/disagree allowed/forbidden allowed/prohibited allowed/banned \
      enabled/disabled possible/impossible same/different first/last hot/cold north/south east/west early/late \
      always/never married/single public/private reversible/irreversible available/unavailable hired/fired \
      bought/sold gained/lost improved/worsened paid/unpaid full/empty major/minor minimum/maximum best/worst \
      active/inactive valid/invalid healthy/sick employed/unemployed married/divorced confirmed/denied inside/outside \
      left/right large/small strong/weak day/night morning/evening cheaper/dearer older/younger faster/slower
      """
    var result: [UInt64: Int] = [:]
    for (number, pair) in pairs.split(separator: " ").enumerated() {
      let sides = pair.split(separator: "/")
      for (side, word) in sides.enumerated() where result[WordHash.of(word.utf8)] == nil {
        result[WordHash.of(word.utf8)] = side == 0 ? number + 1 : -(number + 1)
      }
    }
    return result
  }()

  /// The word without its most common endings.
  static func stem(_ word: [UInt8]) -> ArraySlice<UInt8> {
    func ends(_ ending: String) -> Bool {
      word.count > ending.utf8.count + 2 && word.suffix(ending.utf8.count).elementsEqual(ending.utf8)
    }
    if ends("ies") { return word.dropLast(3) + [0x79] }
    if ends("ing") { return word.dropLast(3) }
    if ends("ed") || ends("es") || ends("ly") || ends("er") { return word.dropLast(2) }
    if ends("s"), !ends("ss") || ends("e") { return word.dropLast(1) }
    return word[...]
  }
}
