// Every clause with examples in a readable file per critic (Cases/*.yaml): some that fire it through facts, some through
// text alone, some that must not fire it, and some that cannot be told, with the facts that would tell.
import Foundation
import JSON
import TestSupport
import Testing
import YAML

@testable import Critics
@testable import Engine
@testable import Evidence

/// One example from a file.
struct Example: CustomTestStringConvertible, Sendable {
  enum Expectation: String, CaseIterable {
    case byFacts = "fires_by_facts"
    case byText = "fires_by_text"
    case silent = "stays_silent"
    case open = "cannot_tell"
  }

  let file: String
  let line: Int
  let clause: String
  let expectation: Expectation
  let matter: Case
  let precedents: [ConsultedPrecedent]
  /// For `cannot_tell`: the facts that must be named.
  let needs: [String]

  var testDescription: String { "\(file):\(line) \(clause) \(expectation.rawValue)" }
}

enum CaseFiles {
  static let critics = BuiltInConstitution.constitution.critics.map(\.critic)
  static let folder = Fixtures.packageRoot.appending(path: "Tests/CriticsTests/Cases")

  static let all: [Example] = critics.flatMap { (try? read("\($0).yaml")) ?? [] }

  /// Sentences of ordinary days, a line each.
  static let everyday: [String] = lines("everyday.txt")

  /// The lines of a file that are not empty and no comments.
  static func lines(_ name: String) -> [String] {
    let source = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    return source.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
  }

  static func read(_ name: String) throws -> [Example] {
    let root = try YAMLNode.parse([UInt8](Data(contentsOf: folder.appending(path: name))))
    return try (root.entries ?? []).flatMap { clause in
      try (clause.value.entries ?? []).flatMap { group in
        try (group.value.items ?? []).map { try example($0, name, clause.key, group.key) }
      }
    }
  }

  private static func example(_ node: YAMLNode, _ file: String, _ clause: String, _ group: String) throws -> Example {
    let expectation = try #require(Example.Expectation(rawValue: group), "\(file): \(group)")
    let own = ["needs", "precedents"]
    let members = (node.entries ?? []).filter { !own.contains($0.key) }
    let value = CanonicalDocument.value(of: YAMLNode(.mapping(members), at: node.position))
    let precedents = (node["precedents"]?.items ?? []).enumerated().map { index, item in
      ConsultedPrecedent(
        id: "pre_\(index)", similarity: item["similarity"]?.number ?? 0, outcome: item["outcome"]?.number ?? 0,
        verdict: .allow)
    }
    return Example(
      file: file, line: node.position.line, clause: clause, expectation: expectation,
      matter: try Case.decode(value.jsonBytes), precedents: precedents,
      needs: (node["needs"]?.items ?? []).compactMap(\.string))
  }
}

@Suite("Clauses")
struct ClauseTests {
  private func opinion(_ example: Example) throws -> Opinion {
    let constitution = BuiltInConstitution.constitution
    let charter = try #require(constitution.critics.first { $0.clauses.contains { $0.id == example.clause } })
    return try Bench.critic(for: charter).examine(
      Examination(
        matter: example.matter, evidence: OnePassGatherer().gather(example.matter), precedents: example.precedents,
        constitution: constitution),
      under: charter)
  }

  @Test("whatever fires, the person concerned reads no figures, strengths, places, gradings and names of facts")
  func plain() {
    let council = Council(
      BuiltInConstitution.constitution, critics: BuiltInConstitution.constitution.critics.map { Bench.critic(for: $0) },
      gatherer: OnePassGatherer())
    var told = 0
    for example in CaseFiles.all {
      let decided = council.decide(
        example.matter, weights: Weights(of: council.constitution), precedents: example.precedents, asked: nil)
      for reason in Explanation(decided.decision).reasons {
        for word in ["strength", " in /", "Graver by", "Milder by", "Not stated", "_used", "`"] {
          #expect(!reason.plainText.contains(word), "\(example): \(reason.plainText)")
        }
        let hasFigures = reason.plainText.contains { $0.isNumber }
        #expect(!hasFigures, "\(example): \(reason.plainText)")
        told += 1
      }
    }
    #expect(told > CaseFiles.all.count)
  }

  @Test("each clause has examples of all four sorts")
  func complete() {
    for clause in BuiltInConstitution.constitution.critics.flatMap(\.clauses) {
      for expectation in Example.Expectation.allCases {
        #expect(
          CaseFiles.all.contains { $0.clause == clause.id && $0.expectation == expectation },
          "\(clause.id) has no example under \(expectation.rawValue)")
      }
    }
  }

  @Test("an example does what its file says", arguments: CaseFiles.all)
  func holds(_ example: Example) throws {
    let opinion = try opinion(example)
    let concern = opinion.concerns.first { $0.clause == example.clause }
    let escalation = opinion.escalations.first { $0.clause == example.clause }
    let tier = BuiltInConstitution.constitution.clause(example.clause)?.tier
    switch example.expectation {
    case .byFacts, .byText:
      let concern = try #require(concern, "no concern; severity \(opinion.severity)")
      #expect(concern.rationale.count > 20 && !concern.rationale.contains("{"))
      if example.expectation == .byText {
        #expect(example.matter.facts.known.isEmpty, "an example by text states no facts")
      }
      #expect(escalation?.tier == tier, "severity \(concern.severity)")
    case .silent:
      #expect(concern == nil, "\(concern?.rationale ?? "")")
      #expect(!opinion.missing.contains { $0.clause == example.clause }, "it must not be in question either")
    case .open:
      let named = opinion.missing.filter { $0.clause == example.clause }.map(\.fact.rawValue)
      #expect(!example.needs.isEmpty)
      for fact in example.needs { #expect(named.contains(fact), "names \(named)") }
      #expect(escalation == nil || concern?.rationale.contains("Not stated") == true)
    }
  }
}
