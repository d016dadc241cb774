// What the document says of a case, and what the engine makes of one: the same documents are taken and refused by both.
import Engine
import Foundation
import JSON
import TestSupport
import Testing

@testable import API

@Suite("The schema of a case")
struct CaseSchemaTests {
  private static let seed: UInt64 =
    ProcessInfo.processInfo.environment["WITAN_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)

  @Test("takes what the engine takes, and refuses what it refuses")
  func agreement() throws {
    var random = CaseMaker(seed: Self.seed)
    var taken = 0
    for _ in 0..<6000 {
      let document = random.document()
      let value = try JSONValue(parsing: document)
      var errors = FieldErrors()
      Schemas.deliberationRequest.check(value, into: &errors)
      var refusal: JSONRefusal?
      do throws(JSONRefusal) {
        _ = try JSONReader.decode(DeliberationRequest.self, from: Array(document.utf8))
      } catch { refusal = error }
      #expect(
        errors.isEmpty == (refusal == nil),
        "seed \(Self.seed): schema \(errors), engine \(refusal.map { "\($0)" } ?? "takes it"): \(document.prefix(2000))"
      )
      if refusal == nil { taken += 1 }
    }
    // Both kinds were among them.
    #expect(taken > 600 && taken < 5400, "seed \(Self.seed): \(taken)")
  }

  @Test("counts characters as JSON Schema does, not bytes")
  func characters() {
    let schema = Schema.text(atMost: 4, atLeast: 2)
    func fits(_ text: String) -> Bool {
      var errors = FieldErrors()
      schema.check(.string(text), into: &errors)
      return errors.isEmpty
    }
    #expect(fits("ab") && fits("abcd") && fits("💧💧💧💧") && fits("ää"))
    #expect(!fits("a") && !fits("abcde") && !fits("💧") && !fits("💧💧💧💧💧"))
    // A flag is one character to readers and two to JSON Schema.
    #expect(fits("🇨🇭🇨🇭") && !fits("🇨🇭🇨🇭🇨🇭"))
  }

  @Test("forms take what their patterns take")
  func forms() throws {
    let forms: [(TextForm, good: [String], bad: [String])] = [
      (.hexadecimal(4), ["00ff", "abcd"], ["00fg", "00FF", "0ff", "000ff", ""]),
      (.name, ["risk", "due_process", "a-1", "A"], ["", "a b", "ä", "a/b", String(repeating: "a", count: 129)]),
      (.tile, ["0/000", "x001/234.p/5"], ["", "a", "0 0"]),
      (
        .identifier(prefix: "dlb_"), ["dlb_01m7vw8xcnmjx2wydw9a4fvv5y"],
        ["dlb_01m7vw8xcnmjx2wydw9a4fvv5", "rev_01m7vw8xcnmjx2wydw9a4fvv5y", "dlb_01m7vw8xcnmjx2wydw9a4fvv5u"]
      ),
    ]
    for (form, good, bad) in forms {
      let pattern = try Regex(form.pattern)
      for (texts, fits) in [(good, true), (bad, false)] {
        for text in texts {
          var errors = FieldErrors()
          Schema.text(form).check(.string(text), into: &errors)
          #expect(errors.isEmpty == fits, "\(text)")
          #expect((try pattern.wholeMatch(in: text) != nil) == fits, "\(form.pattern) \(text)")
        }
      }
    }
  }
}

/// Cases, many of them wrong in one place or two.
private struct CaseMaker {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private mutating func one<Element>(of elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &generator)]
  }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

  private static let odd = [
    "null", "true", "7", "-1", "0.5", "1e20", "\"\"", "\"word\"", "[]", "{}", "[null]", "[[\"x\"]]",
  ]

  private static func text(_ character: Character, _ count: Int) -> String {
    "\"" + String(repeating: character, count: count) + "\""
  }

  private static let lengths = [text("a", 512), text("a", 513), text("💧", 512), text("💧", 513)]

  mutating func document() -> String {
    var members: [String] = []
    if !chance(5) { members.append("\"action\": \(value(["\"send\"", "\"x\""] + Self.lengths))") }
    for name in ["kind", "actor", "subject"] where chance(25) {
      members.append("\"\(name)\": \(value(["\"word\"", "\"\"", "null"] + Self.lengths))")
    }
    for name in ["input", "output"] where chance(25) {
      members.append("\"\(name)\": \(value(["\"text\"", "{\"a\": [1, {\"b\": null}]}"]))")
    }
    if chance(20) {
      let many = "[" + Array(repeating: "\"t\"", count: one(of: [64, 65])).joined(separator: ", ") + "]"
      members.append("\"tags\": \(value(["[\"a\"]", many, "[\(one(of: Self.lengths))]"]))")
    }
    if chance(70) { members.append("\"context\": \(context())") }
    if chance(25) { members.append("\"options\": \(options())") }
    if chance(3) { members.append("\"actoin\": 1") }
    return "{" + members.shuffled(using: &generator).joined(separator: ", ") + "}"
  }

  /// One of these, or now and then anything at all.
  private mutating func value(_ usual: [String]) -> String { chance(8) ? one(of: Self.odd) : one(of: usual) }

  private mutating func context() -> String {
    if chance(4) { return one(of: Self.odd) }
    let facts = Fact.allCases.shuffled(using: &generator).prefix(Int.random(in: 0...4, using: &generator))
    var members = facts.map { "\"\($0.rawValue)\": \(value(Self.usual($0)))" }
    if chance(10) { members.append("\"weather\": \"unknown facts are kept\"") }
    return "{" + members.joined(separator: ", ") + "}"
  }

  private static func usual(_ fact: Fact) -> [String] {
    let truth = ["true", "false", "null"]
    switch fact {
    case .impact: return ["\"none\"", "\"critical\"", "\"grave\"", "null"]
    case .consent: return ["\"given\"", "\"not_required\"", "\"maybe\""]
    case .environment: return ["\"dev\"", "\"production\"", "\"prod\""]
    case .reversible, .contestable, .explanationAvailable: return truth
    case .rollback: return truth + ["\"the plan\"", "\"\""]
    case .affectedPersons: return ["0", "12", "9007199254740992", "-1", "1.5", "1.0"]
    case .vulnerableGroups: return truth + ["\"children\"", "[\"children\"]", "[1]"] + lengths
    case .accountable:
      return [
        "{\"name\": \"a\"}", "{\"role\": \"b\"}", "{\"name\": null, \"role\": \"b\"}", "{}", "{\"name\": null}",
        "{\"nmae\": \"a\"}", "{\"name\": 1}",
      ]
    case .featuresUsed, .dataCategories, .irreversibleEffects: return ["[]", "[\"a\", \"b\"]", "[null]", "[1]"]
    case .confidence: return ["0", "1", "0.5", "1.01", "-0.1"]
    case .evidence, .claims: return ["[]", "[\"a\", {\"b\": 1}, null]", "\"a\""]
    case .groupOutcomes:
      return [
        "{\"a\": {\"selected\": 1, \"total\": 2}}", "{}", "{\"a\": {\"selected\": 1}}", "{\"a\": null}",
        "{\"a\": {\"selected\": 1, \"total\": 2, \"rest\": 1}}",
      ]
    case .budget: return ["{}", "{\"limit\": 1, \"cost\": 2, \"unit\": \"EUR\"}", "{\"limit\": 1e16}", "{\"lmit\": 1}"]
    case .amount: return ["{\"value\": 1}", "{}", "{\"value\": 1, \"currency\": null}", "{\"value\": \"1\"}"]
    case .domain, .deadline: return ["\"lending\"", "\"\""] + lengths
    case .appealChannel, .purpose, .collectedFor, .destination: return ["\"a text\"", "\"\"", text("💧", 600)]
    }
  }

  private mutating func options() -> String {
    if chance(8) { return one(of: Self.odd) }
    var members: [String] = []
    if chance(30) { members.append("\"critics\": \(value(["[\"risk\"]", "[]", "null"]))") }
    for name in ["explain", "dry_run"] where chance(30) { members.append("\"\(name)\": \(value(["true", "null"]))") }
    if chance(30) { members.append("\"cache\": \(value(["\"default\"", "\"bypass\"", "\"none\""]))") }
    if chance(30) { members.append("\"receipt\": \(value(["\"none\"", "\"proof\"", "\"full\""]))") }
    if chance(4) { members.append("\"explian\": true") }
    return "{" + members.joined(separator: ", ") + "}"
  }
}
