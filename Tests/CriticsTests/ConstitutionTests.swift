// The constitution that is shipped, and what its reader refuses.
import Foundation
import TestSupport
import Testing

@testable import Critics
@testable import Engine

enum Shipped {
  static let url = Fixtures.packageRoot.appending(path: "policies/constitution.yaml")

  static let text: String = (try? String(contentsOf: url, encoding: .utf8)) ?? ""

  /// What the reader says of a text: nothing, or one line for each fault.
  static func faults(_ text: String) -> [String] {
    do {
      _ = try Constitution.read(Array(text.utf8), file: "c.yaml", seats: Bench.seats, detectors: Bench.detectors)
      return []
    } catch {
      return error.description.split(separator: "\n").map(String.init)
    }
  }

  /// The line, counted from 1, on which `part` first stands.
  static func line(of part: String, in text: String) -> Int {
    let place = text.range(of: part)!.lowerBound
    return text[..<place].count { $0 == "\n" } + 1
  }
}

@Suite("The constitution")
struct ConstitutionTests {
  @Test("the shipped constitution is whole: ten critics, every clause with tier, principle, articles and question")
  func shipped() throws {
    #expect(Shipped.faults(Shipped.text) == [])
    let constitution = try #require(
      try? Constitution.read(Array(Shipped.text.utf8), file: "c.yaml", seats: Bench.seats, detectors: Bench.detectors))
    #expect(
      constitution.critics.map(\.critic) == [
        "rights", "autonomy", "privacy", "fairness", "due_process", "truth", "risk", "pragmatics", "precedent",
        "uncertainty",
      ])
    for charter in constitution.critics {
      #expect(!charter.purpose.isEmpty && !charter.leaves.isEmpty)
      for clause in charter.clauses {
        #expect(!clause.title.isEmpty && !clause.articles.isEmpty && !clause.triggers.isEmpty)
        #expect(clause.question.hasSuffix("?"))
        #expect(!clause.constraints.isEmpty)
      }
    }
    let determinations = constitution.critics.flatMap(\.clauses).filter { $0.tier == .determination }.map(\.id)
    #expect(
      Set(determinations) == ["D2", "A2", "A3", "P1", "P2", "F1", "DP1", "DP2", "R1", "R2", "PR1", "PR3", "U2", "U3"])
    #expect(constitution.formulas.denySeverity == 2.5 && constitution.formulas.escalateUncertainty == 0.6)
    #expect(constitution.weightBounds == 0.1...10)
  }

  @Test("comments, layout and the order of keys do not change the version; values do")
  func version() throws {
    func version(_ text: String) throws -> String {
      try Constitution.read(Array(text.utf8), file: "c.yaml", seats: Bench.seats).version
    }
    let first = try version(Shipped.text)
    #expect(first.hasPrefix("sha256:") && first.count == 71)
    let bare = Shipped.text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("#") }
    #expect(try version(bare.joined(separator: "\n")) == first)
    let reordered = Shipped.text.replacing("{from: 1.5, to: 1.9}", with: "{to: 1.90, from: 1.5}")
    #expect(reordered != Shipped.text)
    #expect(try version(reordered) == first)
    #expect(try version(Shipped.text.replacing("{from: 1.5, to: 1.9}", with: "{from: 1.5, to: 1.8}")) != first)
  }

  @Test("the document in canonical JSON reads back as the same constitution")
  func roundTrip() throws {
    let constitution = try Constitution.read(Array(Shipped.text.utf8), file: "c.yaml", seats: Bench.seats)
    let again = try Constitution.read(Array(constitution.document.utf8), file: "c.json", seats: Bench.seats)
    #expect(again.version == constitution.version)
    #expect(again.critics == constitution.critics, "the critics differ")
    #expect(again.grading == constitution.grading && again.priority == constitution.priority)
  }

  @Test(
    "a fault is named with its line and the nearest name",
    arguments: [
      ("\n    required: true", "\n    requird: true", "did you mean \"required\"?"),
      (
        "consent, in: [refused, absent]", "consnet, in: [refused, absent]",
        "unknown fact \"consnet\"; did you mean \"consent\"?"
      ),
      ("in: [refused, absent]", "in: [refusd, absent]", "did you mean \"refused\"?"),
      ("impact, at_least: high", "impact, at_least: hihg", "did you mean \"high\"?"),
      ("weight: 1.0", "weight: 11", "must lie in 0.1 … 10"),
      ("weight: 1.0", "weight: heavy", "must be a number, but is a string"),
      ("tier: 2", "tier: 4", "must lie in 2 … 3"),
      ("mentions_any: using_people", "mentions_any: using_peple", "did you mean \"using_people\"?"),
      ("signal: coercion", "signal: coertion", "unknown detector \"coertion\"; did you mean \"coercion\"?"),
      (
        "signal: new_norm, what: rule", "signal: new_norm, what: rulle",
        "new_norm finds nothing of the kind \"rulle\"; did you mean \"rule\"?"
      ),
      ("belgian_national_number,", "belgian_nationel_number,", "did you mean \"belgian_national_number\"?"),
      ("measure: impact_ratio", "measure: impact_ration", "did you mean \"impact_ratio\"?"),
      ("principle: voice", "principle: voise", "unknown principle \"voise\"; did you mean \"voice\"?"),
      ("{fact: consent, is: given}", "{fact: consent, contains: given}", "must be asked exactly one of"),
      ("is {consent}", "is {consnt}", "unknown placeholder {consnt}; did you mean \"consent\"?"),
      ("      D1:\n", "      D9:\n", "the critic rights lacks the clause D1"),
      (
        "      fairness: unequal treatment of groups", "      fairnes: unequal treatment of groups",
        "unknown critic \"fairnes\"; did you mean \"fairness\"?"
      ),
      (
        "      fairness: unequal treatment of groups", "      rights: unequal treatment of groups",
        "cannot leave anything to itself"
      ),
      ("      rights: degrading words", "      rights: Unequal treatment of groups", "goes in a circle back to"),
      ("  pragmatics:\n    title", "  pragmatic:\n    title", "the critic \"pragmatics\" has no seat"),
      ("- humility\n", "- humilty\n", "unknown principle \"humilty\"; did you mean \"humility\"?"),
    ])
  func refused(original: String, replacement: String, message: String) throws {
    let place = try #require(Shipped.text.range(of: original))
    let text = Shipped.text.replacingCharacters(in: place, with: replacement)
    let faults = Shipped.faults(text)
    let fault = try #require(faults.first { $0.contains(message) }, "\(faults)")
    #expect(fault.hasPrefix("c.yaml:"))
  }

  @Test("the line named is the line of the fault")
  func lines() throws {
    let text = Shipped.text.replacing("impact, at_least: high", with: "impact, at_least: hihg", maxReplacements: 1)
    let line = Shipped.line(of: "hihg", in: text)
    #expect(Shipped.faults(text).contains { $0.hasPrefix("c.yaml:\(line):") })
  }

  @Test("all faults are found at once, in the order of the document")
  func together() {
    let text = Shipped.text
      .replacing("tier: 2", with: "tier: 7", maxReplacements: 1)
      .replacing("signal: coercion", with: "signal: coertion", maxReplacements: 1)
      .replacing("permits: {valid_seconds: 300}", with: "permits: {valid_second: 300}")
    let faults = Shipped.faults(text)
    #expect(faults.count == 4)
    let lines = faults.compactMap { Int($0.split(separator: ":")[1]) }
    #expect(lines == lines.sorted())
  }

  @Test("what is no YAML, or no constitution, is refused with a line")
  func notOne() {
    #expect(Shipped.faults("a: [").first?.hasPrefix("c.yaml:") == true)
    #expect(!Shipped.faults("").isEmpty)
    #expect(!Shipped.faults("- 1\n- 2\n").isEmpty)
    #expect(!Shipped.faults("format: 1\n").isEmpty)
  }
}
