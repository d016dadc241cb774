// Which entries are announcements, and what of them is told.
import Chamber
import Engine
import JSON
import Ledger
import Testing

@Suite("Announcements")
struct AnnouncementTests {
  private func entry(_ type: String, _ body: String) -> LoggedEntry {
    LoggedEntry(
      index: 7, type: type, id: "x_1", actor: "ada", time: Timestamp(microseconds: 1_000_000), body: Array(body.utf8))
  }

  @Test("an alert is told as it is, with the entry that it stands in")
  func alert() throws {
    let announcement = try #require(
      Announcement(
        entry(
          "alert", #"{"details":{"share":0.4},"name":"verdict_share","severity":"warning","summary":"More denials."}"#))
    )
    let told = try JSONValue(parsing: announcement.jsonBytes)
    #expect(
      told == [
        "id": "evt_7", "type": "alert", "time": "1970-01-01T00:00:01.000000Z", "index": 7,
        "data": [
          "name": "verdict_share", "severity": "warning", "summary": "More denials.", "details": ["share": 0.4],
        ],
      ])
  }

  @Test("an answer that leaves a review open, a deliberation without one, and everything else are not told")
  func others() {
    #expect(Announcement(entry("review", #"{"act":"acknowledge","outcome":null,"review":"rev_1"}"#)) == nil)
    #expect(Announcement(entry("deliberation", #"{"verdict":"allow"}"#)) == nil)
    #expect(Announcement(entry("dead_letter", #"{"event":"evt_1"}"#)) == nil)
    #expect(Announcement(entry("service", #"{"event":"start"}"#)) == nil)
    #expect(Announcement(entry("alert", "[]")) == nil)
  }

  @Test("what a person wrote about a case in a review stays in the log")
  func texts() throws {
    let body =
      #"{"act":"determine","case":"00","deliberation":"dlb_1","determination":"halt","outcome":"stopped","review":"rev_1","text":"about Mr X","verdict":"escalate"}"#
    let announcement = try #require(Announcement(entry("review", body)))
    #expect(announcement.kind == .reviewClosed)
    let told = String(decoding: announcement.jsonBytes, as: UTF8.self)
    #expect(!told.contains("Mr X"))
    #expect(announcement.data["by"]?.string == "ada")
    #expect(announcement.data["review"]?.string == "rev_1")
  }
}
