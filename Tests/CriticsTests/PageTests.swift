// What docs/critics.md and the example show is what the reader accepts and the bench hears.
import Foundation
import TestSupport
import Testing

@testable import Critics
@testable import Engine

@Suite("Pages")
struct PageTests {
  /// The shipped constitution with one more seat, indented as under `critics`.
  private func constitution(with seat: String) throws -> Constitution {
    try Policies.read(
      Array(Shipped.text.replacing("\ncritics:\n", with: "\ncritics:\n" + seat + "\n").utf8), file: "c.yaml")
  }

  private func page(_ path: String) throws -> String {
    try String(contentsOf: Fixtures.packageRoot.appending(path: path), encoding: .utf8)
  }

  @Test("the critic of data alone that the page shows sits, and judges by its conditions")
  func data() throws {
    let page = try page("docs/critics.md")
    let seat = try #require(
      page.components(separatedBy: "```yaml\n").dropFirst().first?.components(separatedBy: "```").first)
    #expect(seat.split(separator: "\n").count < 40)
    let constitution = try constitution(with: seat)
    let charter = try #require(constitution.charter(of: "records"))
    var facts = Facts()
    facts.purpose = "purge of records"
    facts.reversible = false
    let opinion = try Bench.critic(for: charter).examine(
      Examination(matter: Case(action: "Shred", facts: facts), evidence: .none, constitution: constitution),
      under: charter)
    #expect(opinion.concerns.map(\.clause) == ["K1"])
    #expect(opinion.missing.map(\.fact) == [.accountable])
    #expect(opinion.escalations.map(\.tier) == [.acknowledgment])
  }

  @Test("the critic that the page shows as a Swift type is compiled, word for word, and judges by its figures")
  func swiftType() throws {
    let shown = try #require(
      page("docs/critics.md").components(separatedBy: "```swift\n").dropFirst().first?.components(separatedBy: "```")
        .first)
    #expect(try page("Tests/CriticsTests/PunctualityCritic.swift").hasSuffix(shown))
    #expect(shown.split(separator: "\n").count < 40)
    let seat = """
        punctuality:
          title: Punctuality
          principle: prudence
          owns: Whether the stages that remain can still be done.
          leaves: {risk: what happens if they are not}
          weight: 0.5
          required: false
          deadline_ms: 20
          clauses:
            Z1:
              title: Too many stages
              tier: 2
              principle: prudence
              articles: [UDHR 8]
              by_facts:
                - {when: {measure: stages, more_than: 3}, severity: 1.6, because: "{figures}"}
              question: Which of the stages can wait?
              constraints: [Leave out a stage.]
      """
    let constitution = try Constitution.read(
      Array(Shipped.text.replacing("\ncritics:\n", with: "\ncritics:\n" + seat + "\n").utf8), file: "c.yaml",
      seats: Bench.seats + [SeatRequirement("punctuality", clauses: ["Z1"], measures: ["stages"])],
      detectors: Bench.detectors)
    let charter = try #require(constitution.charter(of: "punctuality"))
    var facts = Facts()
    facts.claims = ["one", "two", "three", "four"]
    let opinion = try PunctualityCritic().examine(
      Examination(
        matter: Case(action: "Go on", facts: facts), evidence: .none, constitution: BuiltInConstitution.constitution),
      under: charter)
    #expect(opinion.concerns.map(\.clause) == ["Z1"])
    #expect(opinion.concerns.first?.rationale.contains("4 stages remain before the deadline") == true)
  }

  @Test("the seat that the remote example asks for is accepted, and the page shows it with all that it needs")
  func remote() throws {
    let script = try page("examples/remote_critic.py")
    let start = try #require(script.range(of: "  brevity:\n"))
    let seat = try #require(script[start.lowerBound...].components(separatedBy: "\"\"\"").first)
    let shown = try #require(page("docs/critics.md").components(separatedBy: "## A remote critic").last)
    let blocks = shown.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    #expect(blocks.first == "yaml\n" + seat)
    #expect(blocks.contains { $0.contains("WITAN_OUTGOING_ALLOW_LOOPBACK=true witan serve") })
    #expect(blocks.joined().split(separator: "\n").count < 40)
    let charter = try #require(try constitution(with: seat).charter(of: "brevity"))
    #expect(charter.remote == RemoteSeat(url: "http://127.0.0.1:8090/opinions", batch: 64))
    #expect(charter.clauses.map(\.id) == ["B1"])
    #expect(throws: CriticFailure.self, "a seat that nobody connected is not silent") {
      try Bench.critic(for: charter).examine(
        Examination(matter: Case(action: "Answer"), evidence: .none, constitution: BuiltInConstitution.constitution),
        under: charter)
    }
  }
}
