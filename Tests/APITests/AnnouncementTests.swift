// Which entries are announcements, and what of them is told.
import Chamber
import Engine
import JSON
import Ledger
import Testing

@Suite("Announcements")
struct AnnouncementTests {
  private let log = "witan.example+01234567+AfooBar"

  private func entry(_ type: String, _ body: String, at index: UInt64 = 7, _ second: Int64 = 1) -> LoggedEntry {
    LoggedEntry(
      index: index, type: type, id: "x_1", actor: "ada", time: Timestamp(microseconds: second * 1_000_000),
      body: Array(body.utf8))
  }

  private func announcement(_ entry: LoggedEntry) -> Announcement? { Announcement(entry, log: log) }

  private let alert = #"{"name":"verdict_share","severity":"warning","summary":"More denials."}"#

  @Test("each has an id of its own, also beside those of another log, and of one that was put back and went on anew")
  func ids() throws {
    let all = [
      Announcement(entry("alert", alert), log: log), Announcement(entry("alert", alert, at: 8), log: log),
      Announcement(entry("alert", alert), log: "witan.example+89abcdef+AfooBar"),
      Announcement(entry("alert", alert, at: 7, 2), log: log),
    ].compactMap { $0?.id }
    #expect(Set(all).count == 4 && all.allSatisfy { $0.wholeMatch(of: /evt_[0-9a-z]{26}/) != nil }, "\(all)")
    #expect(Announcement(entry("alert", alert), log: log)?.id == all[0], "whoever is told twice has to know it")
  }

  @Test("weights that another instance changed are told by that one")
  func adopted() throws {
    let own = #"{"reason":"Deletions.","version":2,"weights":{"risk":2}}"#
    let told = try #require(announcement(entry("weights", own)))
    #expect(told.kind == .weightsChanged && told.data["version"]?.integer == 2)
    let from = #"{"from":{"index":3,"log":"w+1+A","time":"2026-01-01T00:00:00.000000Z"},"#
    #expect(announcement(entry("weights", from + own.dropFirst())) == nil)
  }

  @Test("an alert is told as it is, with the entry that it stands in")
  func told() throws {
    let announcement = try #require(
      self.announcement(
        entry(
          "alert", #"{"details":{"share":0.4},"name":"verdict_share","severity":"warning","summary":"More denials."}"#))
    )
    let told = try JSONValue(parsing: announcement.jsonBytes)
    #expect(
      told == [
        "id": .string(announcement.id), "type": "alert", "time": "1970-01-01T00:00:01.000000Z", "index": 7,
        "data": [
          "name": "verdict_share", "severity": "warning", "summary": "More denials.", "details": ["share": 0.4],
        ],
      ])
  }

  @Test("an answer that leaves a review open, a deliberation without one, and everything else are not told")
  func others() {
    #expect(announcement(entry("review", #"{"act":"acknowledge","outcome":null,"review":"rev_1"}"#)) == nil)
    #expect(announcement(entry("deliberation", #"{"verdict":"allow"}"#)) == nil)
    #expect(announcement(entry("dead_letter", #"{"event":"evt_1"}"#)) == nil)
    #expect(announcement(entry("service", #"{"event":"start"}"#)) == nil)
    #expect(announcement(entry("alert", "[]")) == nil)
  }

  @Test("what a person wrote about a case in a review stays in the log")
  func texts() throws {
    let body =
      #"{"act":"determine","case":"00","deliberation":"dlb_1","determination":"halt","outcome":"stopped","review":"rev_1","text":"about Mr X","verdict":"escalate"}"#
    let announcement = try #require(self.announcement(entry("review", body)))
    #expect(announcement.kind == .reviewClosed)
    let told = String(decoding: announcement.jsonBytes, as: UTF8.self)
    #expect(!told.contains("Mr X"))
    #expect(announcement.data["by"]?.string == "ada")
    #expect(announcement.data["review"]?.string == "rev_1")
  }
}
