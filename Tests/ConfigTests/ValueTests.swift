// The types that settings can have: what each reads, refuses and writes back.
import TestSupport
import Testing
import YAML

@testable import Config

private func text<Value: SettingValue>(_ text: String, as type: Value.Type) -> Value? { try? Value.read(text: text) }

private func node<Value: SettingValue>(_ yaml: String, as type: Value.Type) throws -> Value {
  try Value.read(node: YAMLNode.parse(yaml))
}

@Suite struct Quantities {
  @Test(arguments: [
    ("0", Duration.zero), ("30s", .seconds(30)), ("5m", .seconds(300)), ("250ms", .milliseconds(250)),
    ("1h30m", .seconds(5400)), ("2d", .seconds(172_800)), ("1.5s", .milliseconds(1500)), ("10us", .microseconds(10)),
    ("10µs", .microseconds(10)), ("1m0.25s", .milliseconds(60_250)), ("7ns", .nanoseconds(7)),
  ])
  func `a duration is read`(word: String, value: Duration) { #expect(text(word, as: Duration.self) == value) }

  @Test(arguments: [
    "", "30", "s", "-5s", "5 s", "1s1s", "1s2m", "5x", "1.s", ".5s", "1..5s", "0.1ns", "99999999999999h", "1e3s", "٣s",
  ])
  func `what is no duration is refused`(word: String) { #expect(text(word, as: Duration.self) == nil) }

  @Test func `a duration in YAML needs its unit`() throws {
    #expect(try node("90s", as: Duration.self) == .seconds(90))
    #expect(try node("0", as: Duration.self) == .zero)
    let problem = #expect(throws: SettingProblem.self) { try node("30", as: Duration.self) }
    #expect(problem?.message == "\"30\" has no unit: write 30s, 30ms, …")
  }

  @Test(arguments: [
    ("0", 0), ("512B", 512), ("64KiB", 65_536), ("1MB", 1_000_000), ("1MiB", 1 << 20), ("1.5GiB", 3 << 29),
    ("10 kB", 10_000), ("2TiB", 2 << 40), ("100", 100),
  ])
  func `a size is read`(word: String, bytes: Int) { #expect(text(word, as: ByteSize.self)?.bytes == bytes) }

  @Test(arguments: ["", "KiB", "-1", "1K", "1kb", "0.3B", "9999999TiB", "1MBs", "1 2B"])
  func `what is no size is refused`(word: String) { #expect(text(word, as: ByteSize.self) == nil) }

  @Test func `any duration and any size read back as they were written`() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<2000 {
      let scale = Int64(1) << Int64.random(in: 0..<60, using: &generator)
      let duration = Duration.nanoseconds(Int64.random(in: 0..<scale, using: &generator))
      #expect(try Duration.read(text: duration.written) == duration)
      let size = ByteSize(bytes: Int(Int64.random(in: 0..<scale, using: &generator)))
      #expect(try ByteSize.read(text: size.written) == size)
      #expect(try node(size.written, as: ByteSize.self) == size)
    }
  }
}

@Suite struct Addresses {
  @Test(arguments: [
    ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8080)), (":80", .tcp(host: "", port: 80)),
    ("[::1]:0", .tcp(host: "::1", port: 0)), ("localhost:65535", .tcp(host: "localhost", port: 65535)),
    ("unix:/run/w.sock", .unix(path: "/run/w.sock")),
  ])
  func `an address to listen on is read and written back`(word: String, value: ListenAddress) throws {
    #expect(text(word, as: ListenAddress.self) == value)
    #expect(try node(value.written, as: ListenAddress.self) == value)
  }

  @Test(arguments: [
    "8080", "localhost", "localhost:", "localhost:65536", "localhost:-1", "::1:80", "[::g]:80", "10.0.0.256:80",
    "-a:80", "a b:80", "http://a:80", "unix:relative", "host:+80", "",
  ])
  func `what is no address is refused`(word: String) { #expect(text(word, as: ListenAddress.self) == nil) }

  @Test func `a URL is taken apart and hides its password and query`() throws {
    let url = try ServiceURL.read(text: "redis://me:p%40ss@Cache.example:6379/0?key=abc")
    #expect((url.scheme, url.user, url.host, url.port) == ("redis", "me", "cache.example", 6379))
    #expect((url.path, url.query) == ("/0", "key=abc"))
    #expect(url.password?.reveal() == "p@ss")
    #expect(url.written == "redis://me:********@cache.example:6379/0?********")
    #expect(url.text == "redis://cache.example:6379/0?key=abc")
    #expect(try ServiceURL.read(text: "https://[::1]:8/a").text(path: "/b") == "https://[::1]:8/b")
    #expect(try ServiceURL.read(text: "https://[::1]").host == "::1")
    #expect(try ServiceURL.read(text: "unix:///run/redis.sock").path == "/run/redis.sock")
    #expect(try ServiceURL.read(text: "https://a?x").path.isEmpty)
  }

  @Test(arguments: [
    "a.example", "http:/a", "http://", "http:///x", "1http://a", "http://a:99999", "http://a b", "http://a/#f",
    "http://user:%zz@a", "http://[::1", "http://é",
  ])
  func `what is no URL is refused without being repeated`(word: String) {
    let problem = #expect(throws: SettingProblem.self) { try ServiceURL.read(text: word) }
    #expect(problem?.message == "not a URL such as https://host:8443/path")
  }
}

@Suite struct PlainValues {
  private enum Format: String, CaseIterable, SettingChoice { case json, text }

  @Test func `words are read as their type, and only as that`() throws {
    #expect(text("true", as: Bool.self) == true)
    #expect(text("yes", as: Bool.self) == nil)
    #expect(text("0o17", as: Int.self) == 15)
    #expect(text("0600", as: Int.self) == nil)
    #expect(text("1.5", as: Int.self) == nil)
    #expect(text("1e3", as: Double.self) == 1000)
    #expect(text(".nan", as: Double.self) == nil)
    #expect(text("a, b,c", as: [String].self) == ["a", "b", "c"])
    #expect(text("[1, 2]", as: [Int].self) == [1, 2])
    #expect(text("a=1, b=2", as: [String: Int].self) == ["a": 1, "b": 2])
    #expect(text("a=1,a=2", as: [String: Int].self) == nil)
    #expect(text("{a: 1s}", as: [String: Duration].self) == ["a": .seconds(1)])
  }

  @Test func `YAML of another type is refused in words`() {
    func message<Value: SettingValue>(_ yaml: String, _ type: Value.Type) -> String? {
      #expect(throws: SettingProblem.self) { try node(yaml, as: type) }?.message
    }
    #expect(message("no", Bool.self) == "a string, \"no\", where true or false is expected")
    #expect(message("\"5\"", Int.self) == "a string, \"5\", where an integer is expected; leave out the quotes")
    #expect(message("5", String.self) == "an integer where text is expected; put it in quotes if it is meant as text")
    #expect(message("[1, x]", [Int].self) == "item 2: a string, \"x\", where an integer is expected")
    #expect(message("jsn", Format.self) == "\"jsn\" is not one of json, text; did you mean json?")
    #expect(message("0600", Int.self)?.contains("0o") == true)
  }

  @Test func `a value written as YAML reads back as itself`() throws {
    for word in [
      "plain", "", "no", "true", "1", "a: b", "- x", "é\n\"q\"\\", "\u{7}", "#", "~", " x ", "{", "*a", "x:y",
    ] {
      #expect(try node(word.written, as: String.self) == word)
      #expect(try node([word, word].written, as: [String].self) == [word, word])
      #expect(try node([word: 1].written, as: [String: Int].self) == [word: 1])
    }
    for number in [0, 1.5, -2e300, 1e15, 123_456] { #expect(try node(number.written, as: Double.self) == number) }
    #expect(try node(Int?.none.written, as: Int?.self) == nil)
  }

  @Test func `a secret shows itself to nobody who does not ask`() {
    let secret = Secret("hunter2-hunter2")
    var dumped = ""
    dump([secret], to: &dumped)
    for shown in [
      "\(secret)", String(reflecting: secret), secret.written, dumped, "\([secret])", "\(Secret?.some(secret) as Any)",
    ] {
      #expect(!shown.contains("hunter"))
    }
    let problem = #expect(throws: SettingProblem.self) { try node("[hunter2]", as: Secret.self) }
    #expect(problem?.message.contains("hunter") == false)
    #expect(secret.reveal() == "hunter2-hunter2")
  }

  @Test(arguments: [
    "changeme-changeme-changeme", "short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abcdefghijklmnopqrstuvwxyz",
    "My-Password-is-long-9f3c", "90817263549081726354908172635490", "k9!Zq_x4Lw@7k9!Zq_x4Lw@7", "acegikmoqsuwy0246",
  ])
  func `a weak key is called weak`(key: String) { #expect(Secret(key).weakness != nil) }

  @Test func `a random key is not called weak`() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      let key = (0..<32).map { _ in String(Int.random(in: 0..<16, using: &generator), radix: 16) }.joined()
      #expect(Secret(key).weakness == nil)
    }
  }

  @Test func `bytes that follow a pattern or are printed are called weak, and random ones are not`() {
    var generator = SeededGenerator(seed: 4)
    for count in [16, 24, 32, 64] {
      for _ in 0..<2000 {
        let key = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(KeyWeakness.of(key.span.bytes) == nil, "\(key)")
      }
      for step in 1..<8 as Range<UInt8> {
        let run = (0..<count).map { UInt8(truncatingIfNeeded: $0) &* step &+ 7 }
        #expect(KeyWeakness.of(run.span.bytes) != nil, "\(run)")
      }
      for period in 1...count / 2 {
        let part = (0..<period).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let key = (0..<count).map { part[$0 % period] }
        #expect(KeyWeakness.of(key.span.bytes) != nil, "\(key)")
      }
    }
  }
}
