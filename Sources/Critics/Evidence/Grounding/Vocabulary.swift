// The words with a part to play in grounding, in one table by their hashes.

/// Immutable after `init`; made once for the life of the process.
struct Vocabulary: Sendable {
  /// What a word does in a sentence.
  struct Role: Sendable {
    fileprivate(set) var isCommon = false
    fileprivate(set) var denies = false
    /// The number of the pair of opposites that it belongs to, positive for one side and negative for the other; 0 for none.
    fileprivate(set) var pole: Int16 = 0
    fileprivate(set) var number: Int16?
  }

  static let shared = Vocabulary()

  /// Slots found by the hash, and the following ones where those are taken; 0 is no word's hash.
  private var hashes = [UInt64](repeating: 0, count: size)
  private var roles = [Role](repeating: Role(), count: size)
  private static let size = 1024

  private init() {
    for word in Self.denying.split(separator: " ") { change(word) { $0.denies = true } }
    for word in Self.common.split(separator: " ") { change(word) { $0.isCommon = true } }
    for (number, pair) in Self.opposites.split(separator: " ").enumerated() {
      for (side, word) in pair.split(separator: "/").enumerated() {
        let pole = Int16(side == 0 ? number + 1 : -(number + 1))
        change(word) { if $0.pole == 0 { $0.pole = pole } }
      }
    }
    for (name, value) in Self.numbers { change(Substring(name)) { $0.number = value } }
  }

  private mutating func change(_ word: Substring, _ edit: (inout Role) -> Void) {
    let hash = WordHash.of(word.utf8)
    let slot = slot(of: hash)
    hashes[slot] = hash
    edit(&roles[slot])
  }

  @inline(__always)
  private func slot(of hash: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: hash) & (Self.size - 1)
    while hashes[slot] != hash, hashes[slot] != 0 { slot = (slot + 1) & (Self.size - 1) }
    return slot
  }

  /// What a word does, by its hash; nil for words that only mean something.
  func role(of hash: UInt64) -> Role? {
    let slot = slot(of: hash)
    return hashes[slot] == hash ? roles[slot] : nil
  }

  /// The hash of a word without its most common endings (-ies, -ing, -ed, -es, -ly, -er, -s); `hash` is that of the whole.
  static func stem(_ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> UInt64 {
    let count = word.count
    guard count > 3 else { return hash }
    func letter(_ place: Int) -> UInt8 { word[count - place] | 0x20 }
    func without(_ letters: Int) -> UInt64 { WordHash.of(UnsafeBufferPointer(rebasing: word.dropLast(letters))) }
    let last = letter(1)
    let before = letter(2)
    switch last {
    case UInt8(ascii: "s"):
      if before == UInt8(ascii: "e"), count > 4 {
        if count > 5, letter(3) == UInt8(ascii: "i") { return WordHash.of(word.dropLast(3) + [UInt8(ascii: "y")]) }
        return without(2)
      }
      return before == UInt8(ascii: "s") && count > 4 ? hash : without(1)
    case UInt8(ascii: "g"):
      return count > 5 && before == UInt8(ascii: "n") && letter(3) == UInt8(ascii: "i") ? without(3) : hash
    case UInt8(ascii: "d"), UInt8(ascii: "r"): return count > 4 && before == UInt8(ascii: "e") ? without(2) : hash
    case UInt8(ascii: "y"): return count > 4 && before == UInt8(ascii: "l") ? without(2) : hash
    default: return hash
    }
  }
}

extension Vocabulary {
  private static let denying = """
    not no never none neither nor without cannot dont doesnt didnt isnt wasnt arent werent nobody nothing hardly \
    false untrue lacks lack failed fails refused denied
    """

  private static let common = """
    the a an and or but of to in on at by for with from as is are was were be been being it its this that these those \
    he she they them his her their we our you your i my me us who which what when where why how there here has have had do \
    does did will would can could shall should may might must not no never also very more most much many some any all \
    each every other than then so such only just about into over under after before between during while because if \
    according said says one both out up down off again once too own same new made make
    """

  private static let numbers: [(String, Int16)] = [
    ("two", 2), ("three", 3), ("four", 4), ("five", 5), ("six", 6), ("seven", 7), ("eight", 8), ("nine", 9),
    ("ten", 10), ("eleven", 11), ("twelve", 12), ("thirteen", 13), ("fourteen", 14), ("fifteen", 15), ("sixteen", 16),
    ("seventeen", 17), ("eighteen", 18), ("nineteen", 19), ("twenty", 20), ("thirty", 30), ("forty", 40),
    ("fifty", 50), ("sixty", 60), ("seventy", 70), ("eighty", 80), ("ninety", 90), ("hundred", 100),
    ("thousand", 1000),
  ]

  /// Opposites: each pair has a number, its two sides have its two signs.
  private static let opposites = """
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
}
