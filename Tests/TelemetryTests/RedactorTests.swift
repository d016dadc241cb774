// The filter that nothing bypasses: what it hides, what it leaves alone, and its laws.
import TestSupport
import Testing

@testable import Telemetry

private let redactor = Redactor(identifierPrefixes: ["dlb_", "rev_"])

@Suite struct Redaction {
  @Test func `no secret of the corpus is left in its line`() {
    let seed: UInt64 = 20_261_120
    let corpus = SecretCorpus(seed: seed, each: 6).secrets
    #expect(corpus.count >= 200)
    var left: [String] = []
    for secret in corpus where redactor.redact(secret.line).contains(secret.core) { left.append(secret.description) }
    #expect(left.isEmpty, "seed \(seed): \(left.count) of \(corpus.count) leaked:\n\(left.joined(separator: "\n"))")
  }

  @Test func `not even half of a secret is left`() {
    var left: [String] = []
    for secret in SecretCorpus(seed: 5, each: 2).secrets where secret.core.utf8.count >= 12 {
      let clean = redactor.redact(secret.line)
      if clean.contains(secret.core.prefix(secret.core.count / 2))
        || clean.contains(secret.core.suffix(secret.core.count / 2))
      {
        left.append("\(secret) → \(clean)")
      }
    }
    #expect(left.isEmpty, "\(left.joined(separator: "\n"))")
  }

  @Test func `an innocent line stays as it is`() {
    #expect(InnocentLines.all.count >= 200)
    let changed = InnocentLines.all.filter { redactor.redact($0) != $0 }.map { "\($0) → \(redactor.redact($0))" }
    #expect(changed.isEmpty, "\(changed.joined(separator: "\n"))")
  }

  @Test func `redacting twice changes nothing more`() {
    for secret in SecretCorpus(seed: 11, each: 2).secrets {
      let once = redactor.redact(secret.line)
      #expect(redactor.redact(once) == once)
    }
  }

  @Test func `what is around a secret stays`() {
    #expect(redactor.redact("a password=x1y2 b") == "a password=[redacted:password] b")
    #expect(redactor.redact("db postgres://u:p@h:1/d up") == "db postgres://[redacted:connection]@h:1/d up")
    #expect(redactor.redact("call +1 415 555 2671, please") == "call [redacted:phone], please")
    #expect(redactor.redact("ä card 4111 1111 1111 1111 ö") == "ä card [redacted:card] ö")
    #expect(redactor.redact("{\"api_key\":\"k\",\"n\":1}") == "{\"api_key\":\"[redacted:token]\",\"n\":1}")
    #expect(redactor.redact("x -----BEGIN A-----\nq\n-----END A----- y") == "x [redacted:pem] y")
  }

  @Test func `a digit makes the difference between a card and a number`() {
    #expect(redactor.redact("4111111111111111") == "[redacted:card]")
    #expect(redactor.redact("4111111111111112") == "4111111111111112")
    #expect(redactor.redact("x4111111111111111") == "x4111111111111111")
    #expect(redactor.redact("0.4111111111111111") == "0.4111111111111111")
  }

  @Test func `random words are found nearly always, at any length from twenty`() {
    var generator = SeededGenerator(seed: 99)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    for (length, share) in [(20, 0.95), (24, 0.97), (32, 0.99), (43, 0.999), (64, 0.999)] {
      let words = (0..<2000).map { _ in
        String((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
      }
      let found = words.count { redactor.redact("v \($0)") == "v [redacted:entropy]" }
      #expect(Double(found) / 2000 >= share, "\(found) of 2000 at length \(length)")
    }
  }

  @Test func `text beyond the limit is cut, not passed`() {
    let long = String(repeating: "word ", count: 20_000) + "password=hunter2"
    let clean = redactor.redact(long)
    #expect(clean.utf8.count < Redactor.limit + 64)
    #expect(clean.hasSuffix("bytes more)"))
    let solid = redactor.redact(String(repeating: "é", count: 40_000))
    #expect(solid.hasSuffix("… (14464 bytes more)"))
  }

  @Test func `any bytes are read without harm`() {
    var generator = SeededGenerator(seed: 4)
    let alphabet = Array(":=@%+-(0123456789 eyJ.sk-AKIA/\"'BEGIN\u{0}passwordtoken".utf8)
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in
        alphabet.randomElement(using: &generator) ?? 0
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let once = redactor.redact(text)
      #expect(once.isEmpty == text.isEmpty)
    }
    for hostile in ["a:", "=", "-----BEGIN ", "eyJ", "a@", "http://", "1 ", "token=", "0 ", "-", "x/"] {
      _ = redactor.redact(String(repeating: hostile, count: 8192 / hostile.utf8.count))
    }
  }
}
