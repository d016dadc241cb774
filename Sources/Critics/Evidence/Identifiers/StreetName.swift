// Streets whose name is one word with an ending that says so (`Lindenstraße 12`, `Harjukuja 54`): the number of the house
// follows. Streets of several words are phrases, found by the patterns.

/// Names of streets as the languages around build them: one word, and the number of the house behind it.
enum StreetName {
  private static let endings: [[UInt8]] = [
    "strasse", "straat", "stra\u{df}e", "gasse", "allee", "platz", "weg", "damm", "ufer", "laan", "plein", "gracht",
    "vej",
    "gade", "gata", "gatan", "gate", "vagen", "vegen", "veien", "stien", "katu", "kuja", "tie", "polku", "utca",
    "plads",
    "torget", "bakken", "svingen", "allen", "sgade", "stigen", "vaenget", "venget", "kade",
  ].map { Array(FoldedText.fold($0).utf8) }
  /// Words that end like streets and are none.
  private static let others: Set<String> = [
    "norway", "anyway", "always", "necktie", "bowtie", "cutie", "investigate", "navigate", "delegate", "mitigate",
    "aggregate", "irrigate", "homie", "brigade", "brokade", "decade", "surrogate", "interrogate", "congregate",
    "tailgate", "propagate", "norwegen", "deswegen", "abandonegate", "watergate", "floodgate", "litigate", "segregate",
    "obligate", "instigate", "subjugate", "conjugate", "corrugate", "fumigate", "sweetie", "auntie", "zombie",
    "castigate",
  ]

  static func start(before place: Int, in bytes: TextBytes) -> Int {
    var start = place - 1
    while start > 0, place - start < 40, bytes[start - 1].isWordByte || bytes[start - 1] == 0x2d { start -= 1 }
    return start
  }

  static func stands(before place: Int, in bytes: TextBytes) -> Bool {
    guard place >= 7, bytes[place - 1] == 0x20, bytes[place - 2].isLetter || bytes[place - 2] >= 0x80 else {
      return false
    }
    let end = place - 1
    let start = start(before: place, in: bytes)
    guard end - start >= 6, end - start < 40 else { return false }
    let ends = endings.contains { ending in
      ending.count < end - start
        && ending.indices.allSatisfy { at in
          let byte = bytes[end - ending.count + at]
          return (byte < 0x80 ? byte | 0x20 : byte) == ending[at]
        }
    }
    guard ends else { return false }
    let word = (start..<end).map { bytes[$0] < 0x80 ? bytes[$0] | 0x20 : bytes[$0] }
    return !others.contains(String(decoding: word, as: UTF8.self))
  }
}
