// The words with a part to play in grounding, in one table by their hashes.

/// Immutable after `init`; made once for the life of the process.
struct Vocabulary: Sendable {
  /// What a word does in a sentence.
  struct Role: Sendable {
    fileprivate(set) var isCommon = false
    fileprivate(set) var denies = false
    /// Says that something may be so, not that it is.
    fileprivate(set) var hedges = false
    /// The month that it names, where it is written with a capital.
    fileprivate(set) var month: Int8 = 0
    /// What a number before it counts: `million`.
    fileprivate(set) var scale: Double = 0
    /// The number of the pair of opposites that it belongs to, positive for one side and negative for the other; 0 for none.
    fileprivate(set) var pole: Int16 = 0
    fileprivate(set) var number: Int16?
  }

  static let shared = Vocabulary()

  /// Slots found by the hash, and the following ones where those are taken; 0 is no word's hash.
  private var hashes = [UInt64](repeating: 0, count: size)
  private var roles = [Role](repeating: Role(), count: size)
  private static let size = 2048

  private init() {
    for word in Self.denying.split(separator: " ") { change(word) { $0.denies = true } }
    for word in Self.hedging.split(separator: " ") {
      change(word) {
        $0.hedges = true
        $0.isCommon = true
      }
    }
    for word in Self.common.split(separator: " ") { change(word) { $0.isCommon = true } }
    for (place, names) in Self.months.split(separator: " ").enumerated() {
      for name in names.split(separator: "/") { change(name) { $0.month = Int8(place + 1) } }
    }
    for (name, scale) in Self.scales { change(Substring(name)) { $0.scale = scale } }
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

  /// The hash of a word without its most common endings (-ies, -ing, -ed, -es, -ly, -er, -e, -s); `hash` is that of the whole.
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
    case UInt8(ascii: "e"): return count > 4 ? without(1) : hash
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

  private static let hedging = """
    may might could possibly perhaps allegedly reportedly probably likely believed thought suspected appears appear seems \
    seem apparently supposedly presumably potentially rumoured rumored unconfirmed estimated expected maybe
    """

  private static let months = """
    january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sept/sep october/oct \
    november/nov december/dec
    """

  private static let scales: [(String, Double)] = [
    ("hundred", 100), ("thousand", 1000), ("thousands", 1000), ("million", 1e6), ("millions", 1e6), ("billion", 1e9),
    ("billions", 1e9), ("trillion", 1e12), ("mn", 1e6), ("bn", 1e9),
  ]

  /// Spellings of one thing: each word reads as the first of its line.
  static let sameAs: [UInt64: UInt64] = {
    var same: [UInt64: UInt64] = [:]
    for line in spellings.split(separator: " ") {
      let words = line.split(separator: "/").map { WordHash.of($0.utf8) }
      for word in words.dropFirst() { same[word] = words[0] }
    }
    return same
  }()

  private static let spellings = """
    metre/metres/meter/meters kilometre/kilometres/kilometer/kilometers/km centimetre/centimetres/centimeter/cm \
    kilogram/kilograms/kilogramme/kilogrammes/kg litre/litres/liter/liters tonne/tonnes/ton/tons hour/hours/hrs \
    minute/minutes/mins second/seconds/secs euro/euros/eur dollar/dollars/usd pound/pounds/gbp percent/percentage
    """

  private static let common = """
    the a an and or but of to in on at by for with from as is are was were be been being it its this that these those \
    he she they them his her their we our you your i my me us who which what when where why how there here has have had do \
    does did will would can could shall should may might must not no never also very more most much many some any all \
    each every other than then so such only just about into over under after before between during while because if \
    according percent per cent said says one both out up down off again once too own same new made make
    """

  private static let numbers: [(String, Int16)] = [
    ("two", 2), ("three", 3), ("four", 4), ("five", 5), ("six", 6), ("seven", 7), ("eight", 8), ("nine", 9),
    ("ten", 10), ("eleven", 11), ("twelve", 12), ("thirteen", 13), ("fourteen", 14), ("fifteen", 15), ("sixteen", 16),
    ("seventeen", 17), ("eighteen", 18), ("nineteen", 19), ("twenty", 20), ("thirty", 30), ("forty", 40),
    ("fifty", 50), ("sixty", 60), ("seventy", 70), ("eighty", 80), ("ninety", 90),
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
