// How unlike anything known a text is: scripts that are read cost nothing, those known in part a little, and what nobody
// can read a lot.
import Engine
import Testing

@testable import Evidence

@Suite("Novelty")
struct NoveltyTests {
  private func novelty(_ text: String) -> Double {
    Novelty.of([TextField(pointer: "/action", source: .action, text: text)])
  }

  @Test("texts in Latin letters are nothing new, whatever their accents, signs and emoji")
  func known() {
    for text in [
      "", "Print the menu", "Überprüfe die Zählung für morgen – schön!", "👩‍🔬🧪 naïve café €5 ½ → ✓\n\ttab", "ﬁn",
    ] {
      #expect(novelty(text) == 0, "\(text)")
    }
    #expect(novelty("The word Ж is a letter, and 日本 is Japan") == 0, "a few letters are an ornament")
  }

  @Test("scripts known in part raise it a little, and never as far as an unknown one")
  func partly() {
    for text in [
      "Привет, как у тебя дела сегодня?", "今日は天気がいいですね、散歩しましょう", "ما هي عاصمة فرنسا اليوم", "안녕하세요 오늘 날씨는 어떤가요",
    ] {
      #expect(novelty(text) > 0.2 && novelty(text) <= 0.4, "\(text)")
    }
    #expect(novelty("ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾᛁᛃ ᛇᛈᛉᛊᛏᛒ ᛖᛗᛚᛜᛞᛟ") >= 0.8)
  }

  @Test("how long the plain text before and behind strange letters is changes nothing but their share")
  func lengths() {
    for before in 0..<50 {
      let text = String(repeating: "a", count: before) + String(repeating: "ᚠ", count: 10)
      #expect(novelty(text) == 10 / Double(10 + before))
      #expect(novelty(text + String(repeating: "b", count: 32 - before % 16)) == 10 / Double(42 + before - before % 16))
    }
  }

  @Test("bytes that are no text count more than letters")
  func unreadable() {
    #expect(novelty(String(repeating: "a\u{01}b\u{02}", count: 20)) == 1)
    #expect(novelty(String(repeating: "\u{FFFD}", count: 20)) == 1)
    #expect(novelty("line one\r\nline two\r\n\tline three\r\nline four\r\n\r\n\r\n") == 0)
  }
}
