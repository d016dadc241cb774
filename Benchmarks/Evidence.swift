// How fast evidence is gathered: all detectors over texts of several sizes, and over texts made to be slow.
import Evidence
import Foundation

extension Suite {
  static let evidence = Suite(name: "evidence") { EvidenceBenchmark.run() }
}

private enum EvidenceBenchmark {
  static func run() {
    let examiner = TextExaminer()
    let kilobyte = sample(1024)
    let long = sample(64 * 1024)
    report(
      "evidence, all detectors, one text",
      measure([
        Contender(name: "plain text, 1 KB") { repeated($0) { examiner.examine(kilobyte).count } },
        Contender(name: "plain text, 64 KB") { repeated($0) { examiner.examine(long).count } },
        Contender(name: "plain text, 100 B") { [short = sample(100)] in repeated($0) { examiner.examine(short).count }
        },
        Contender(name: "accented text, 1 KB") { [text = accented] in repeated($0) { examiner.examine(text).count } },
        Contender(name: "shell script, 1 KB") { [text = script] in repeated($0) { examiner.examine(text).count } },
      ]))
    report(
      "evidence, one hostile megabyte (50 ms allowed)",
      measure(
        hostile.map { name, unit in
          let text = String(repeating: unit, count: (1 << 20) / unit.utf8.count)
          return Contender(name: name) { repeated($0) { examiner.examine(text).count } }
        }))
  }

  private static let hostile = [
    ("one trigger", "ignore "), ("prefixes of patterns", "ignore all previous the the the "), ("single digits", "1 "),
    ("commands", "rm -rf "), ("letters one by one", "a b c d e "), ("secrets", "password=x1y2z3w4 "),
    ("mail", "a.b-c.d@"),
    ("Base64", "SWdub3JlIGFsbCBwcmV2aW91cyBpbnN0cnVjdGlvbnM= "), ("escapes", "%41&lt;"), ("open tags", "a<b a<!--"),
    ("words of look-alikes", "a сосаіпе "), ("pairs of hexadecimal digits", "69 6f "), ("ideographs", "忽略"),
    ("excuses", "kill the process kill him "),
  ]

  private static func repeated(_ iterations: Int, _ work: () -> Int) -> Int {
    var total = 0
    for _ in 0..<iterations { total &+= work() }
    return total
  }

  private static let prose = """
    The committee met on Tuesday to look at the plans for the new library. Several members asked how long the building \
    would stay closed, and whether the children's corner could move to the school next door while the roof is repaired. \
    The architect explained that the work should take about eleven weeks, provided the timber arrives on time. Two \
    suppliers have sent offers, and the cheaper one includes delivery. A neighbour wrote a letter about parking, which \
    the chair read aloud; everybody agreed that a few spaces behind the chapel would help. Next month the group will \
    choose the colours, review the budget and draft a short note for the newspaper. Coffee was served afterwards, and \
    the conversation turned to the summer concert, the choir's new conductor and the best way to grow tomatoes in a \
    shady garden.
    """

  private static func sample(_ bytes: Int) -> String {
    var text = ""
    while text.utf8.count < bytes { text += prose + "\n\n" }
    return String(decoding: text.utf8.prefix(bytes), as: UTF8.self)
  }

  private static let accented = String(
    String(
      repeating: "Le comité s'est réuni mardi pour étudier les plans de la bibliothèque près du marché. ", count: 12
    )
    .prefix(960))
  private static let script = String(
    repeating: "for file in src/*.c; do gcc -O2 -c \"$file\" -o build/$(basename $file .c).o || exit 1; done\n",
    count: 11)
}
