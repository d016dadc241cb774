// Reading cases from JSON: every wrong field is named, what is unknown is kept, and one case has one canonical form.
import Crypto
import JSON
import Testing

@testable import Engine

@Suite("Reading a case")
struct CaseTests {
  private func errors(_ text: String) -> [String: String] {
    do throws(JSONRefusal) {
      _ = try JSONReader.decode(DeliberationRequest.self, from: Array(text.utf8))
      return [:]
    } catch {
      guard case .fields(let errors) = error else { return ["malformed": "\(error)"] }
      return Dictionary(uniqueKeysWithValues: errors.items.map { ($0.pointer.description, $0.message) })
    }
  }

  private func decode(_ text: String) throws -> Case { try Case.decode(Array(text.utf8)) }

  @Test("all wrong fields are named at once, each by its pointer")
  func allErrors() {
    let errors = errors(
      #"{"kind": 7, "actoin": "x", "tags": ["a", 2], "context": {"impact": "hihg", "confidence": 2, "reversible": "no","#
        + #" "group_outcomes": {"a": {"selected": 5, "total": 3}}, "budget": {"limt": 3}},"#
        + #" "options": {"cache": "bypas", "explian": true}}"#)
    #expect(
      Set(errors.keys) == [
        "/kind", "/actoin", "/tags/1", "/context/impact", "/context/confidence", "/context/reversible",
        "/context/group_outcomes/a", "/context/budget/limt", "/options/cache", "/options/explian", "/action",
      ])
    #expect(errors["/actoin"]?.contains("action") == true)
    #expect(errors["/context/impact"]?.contains("high") == true)
    #expect(errors["/action"] == "is required")
  }

  @Test(
    "an action must be a string that says something",
    arguments: [#"{"action": ""}"#, #"{"action": null}"#, #"{"action": 3}"#])
  func action(_ text: String) { #expect(errors(text).keys.sorted() == ["/action"]) }

  @Test("a misspelt fact is kept and noted with the nearest known name")
  func notes() throws {
    let matter = try decode(#"{"action": "a", "context": {"contestible": false, "zebra": {"b": 1, "a": "text"}}}"#)
    #expect(matter.facts.known.isEmpty)
    #expect(matter.facts.unknown.map(\.key) == ["contestible", "zebra"])
    #expect(matter.facts.notes.count == 2)
    #expect(matter.facts.notes[0].contains("`contestable`"))
    #expect(String(decoding: matter.canonical, as: UTF8.self).contains(#""zebra":{"a":"text","b":1}"#))
    #expect(matter.texts.contains(TextField(pointer: "/context/zebra/a", source: .context, text: "text")))
  }

  @Test("facts are read in their types")
  func facts() throws {
    let facts = try decode(
      #"{"action": "a", "context": {"impact": "critical", "rollback": "restore the backup", "vulnerable_groups": true,"#
        + #" "affected_persons": 3e2, "consent": "not_required", "accountable": {"name": "Ada", "role": "lead"},"#
        + #" "budget": {"limit": 10, "cost": 25}, "amount": {"value": 4, "currency": "EUR"}, "environment": "staging","#
        + #" "group_outcomes": {"b": {"selected": 1, "total": 4}, "a": {"selected": 2, "total": 4}},"#
        + #" "claims": ["one", {"text": "two", "source": "there"}], "evidence": [], "purpose": null}}"#
    ).facts
    #expect(facts.impact == .critical)
    #expect(facts.rollback == .possible(plan: "restore the backup"))
    #expect(facts.truth(.rollback) == true)
    #expect(facts.affectedPersons == 300)
    #expect(facts.accountable == Accountable(name: "Ada", role: "lead"))
    #expect(facts.number(.budget) == 2.5)
    #expect(facts.groupOutcomes.map(\.group) == ["a", "b"])
    #expect(facts.claims == ["one", "there\ntwo"])
    #expect(facts.states(.evidence) && !facts.states(.purpose))
    #expect(facts.notes.isEmpty)
  }

  @Test("texts come in a fixed order with pointers to where they stand")
  func texts() throws {
    let matter = try decode(
      #"{"output": "o", "context": {"claims": ["c"]}, "input": {"to": ["x", 4111111111111111], "a/b": "y"}, "action": "act"}"#
    )
    #expect(
      matter.texts.map(\.pointer) == [
        "/action", "/input/a~1b", "/input/to/0", "/input/to/1", "/output", "/context/claims/0",
      ])
    #expect(matter.texts[3].text == "4111111111111111")
  }

  @Test("member order, white space and nulls do not change the canonical form, values do")
  func canonical() throws {
    let one = try decode(#"{"action": "a", "subject": null, "context": {"impact": "low", "x": 1.0, "domain": "d"}}"#)
    let same = try decode(#"{"context":{"domain":"d","x":1,"impact":"low","purpose":null},"action":"a"}"#)
    let other = try decode(#"{"context":{"domain":"d","x":1,"impact":"high"},"action":"a"}"#)
    #expect(one.canonical == same.canonical)
    #expect(one.hash == same.hash)
    #expect(one.hash != other.hash)
    #expect(one.hash == SHA256.digest(one.canonical))
  }

  @Test("the canonical form is that of RFC 8785, and reads back as the same case")
  func roundTrip() {
    forAll(runs: 2000, PostedText.generate) { posted in
      do {
        let matter = try decode(posted.text)
        let again = try Case.decode(matter.canonical)
        let tree = try JSONCanonical.bytes(of: JSONValue(parsing: matter.canonical))
        if tree != matter.canonical { return "not canonical: \(String(decoding: matter.canonical, as: UTF8.self))" }
        if again.canonical != matter.canonical || again.hash != matter.hash { return "changed by reading again" }
        if again.texts != matter.texts || again.facts != matter.facts { return "read differently" }
        return nil
      } catch { return "refused: \(error)" }
    }
  }

  @Test("an integer that no double holds is refused with its place")
  func integers() {
    #expect(errors(#"{"action": "a", "input": {"n": 9007199254740993}}"#).keys.sorted() == ["/input/n"])
  }
}

/// A generated case as it might be posted: members in any order.
struct PostedText: Shrinkable, CustomStringConvertible {
  var members: [(String, String)]
  var context: [(String, String)]

  static let facts: [(String, [String])] = [
    ("domain", [#""hiring""#]), ("impact", [#""none""#, #""critical""#]), ("reversible", ["true", "false", "null"]),
    ("rollback", ["true", "false", #""plan é""#]), ("affected_persons", ["0", "12", "1e3"]),
    ("vulnerable_groups", [#"["minors"]"#, "true", "[]"]), ("consent", [#""given""#, #""absent""#]),
    ("confidence", ["0.25", "1", "-0"]), ("evidence", ["[]", #"["x", {"b":1,"a":["y\u0001"]}]"#]),
    ("claims", [#"["\ud83d\ude00"]"#]), ("budget", [#"{"limit":1e14,"cost":0.1,"unit":"h"}"#]),
    ("group_outcomes", [#"{"z":{"selected":1,"total":2},"\u00e9":{"total":2,"selected":0}}"#]),
    ("amount", [#"{"value":-0.0}"#]), ("contestible", ["1", "[{}]"]), ("zz", [#""text""#, "null"]), ("\u{fb33}", ["2"]),
    ("\u{1f600}", ["3"]), ("accountable", [#"{"role":"r","name":"n"}"#]),
  ]

  static func generate(_ random: inout Randomness) -> PostedText {
    var members = [("action", #""do \"it\"""#)]
    for (name, values) in [
      ("kind", [#""tool_call""#]), ("input", [#""text""#, #"{"b":[1,2.50,"s"],"a":null}"#, "[]", "true"]),
      ("output", [#""""#, "7"]), ("actor", [#""svc""#, "null"]), ("subject", [#""p""#]),
      ("tags", ["[]", #"["t","u"]"#]),
    ] where random.chance(0.6) { members.append((name, random.pick(values))) }
    let context = facts.filter { _ in random.chance(0.4) }.map { ($0.0, random.pick($0.1)) }.shuffled(using: &random)
    return PostedText(members: members.shuffled(using: &random), context: context)
  }

  var text: String {
    let inner = context.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
    return "{" + (members + [("context", "{\(inner)}")]).map { "\"\($0.0)\": \($0.1)" }.joined(separator: ",\n") + "}"
  }

  var simpler: [PostedText] {
    context.indices.map { index in
      var copy = self
      copy.context.remove(at: index)
      return copy
    }
  }

  var description: String { text }
}
