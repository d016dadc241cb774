// The log: what a line holds, that nothing passes the filter, levels, dropping, and rotation.
import Foundation
import JSON
import Locking
import TestSupport
import Testing
import TraceContext

@testable import Telemetry

/// Collects lines in memory.
private final class Lines: Sendable {
  private let text = Locked("")

  func take(_ bytes: [UInt8]) { text.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }

  var all: [String] { text.withLock { $0 }.split(separator: "\n").map(String.init) }
}

private let moment = WallTime(nanoseconds: 1_763_612_100_123_456_789)

private struct Fixture {
  let lines = Lines()
  let log: Log

  init(_ format: LogFormat = .json, level: LogLevel = .info) throws {
    let lines = lines
    let output = try LogOutput(.handler { lines.take($0) })
    log = Log(
      output: output, format: format, level: level, processTrace: try #require(TraceID(high: 1, low: 2)),
      now: { moment })
  }

  func written() -> [String] {
    log.output.flush()
    return lines.all
  }
}

@Suite struct Logging {
  @Test func `a line is one JSON object with time, level, event, trace and fields`() throws {
    let fixture = try Fixture()
    let logger = fixture.log.logger("ledger")
    logger.info(
      "ledger.opened", "The ledger\nis open.", ["size": 12, "path": .string("a\"b"), "ratio": 0.5, "new": true])
    #expect(
      fixture.written() == [
        #"{"time":"2025-11-20T04:15:00.123456Z","level":"info","component":"ledger","event":"ledger.opened","#
          + #""message":"The ledger\nis open.","trace_id":"00000000000000010000000000000002","#
          + #""fields":{"size":12,"path":"a\"b","ratio":0.5,"new":true}}"#
      ])
  }

  @Test func `a request's lines carry its trace`() throws {
    let fixture = try Fixture()
    let trace = try #require(TraceID(high: 0xABC, low: 0))
    fixture.log.logger("http").with(trace: trace, span: SpanID(7)).error("http.failed", "It failed.")
    let line = try #require(fixture.written().first)
    #expect(line.contains(#""trace_id":"0000000000000abc0000000000000000","span_id":"0000000000000007""#))
  }

  @Test func `for people and for journald a line is text that no value can break`() throws {
    for (format, start) in [(LogFormat.text, "2025"), (.journal, "<4>2025")] {
      let fixture = try Fixture(format)
      fixture.log.logger("x").warning("x.y", "a\n<3>forged \u{1B}[31m\u{202E}", ["f": .string("b c\r")])
      let lines = fixture.written()
      #expect(lines.count == 1)
      #expect(lines.first?.hasPrefix(start) == true)
      #expect(lines.first?.contains(#"WARNING x.y a\u{a}<3>forged \u{1b}[31m\u{202e} f="b c\u{d}" trace_id="#) == true)
    }
  }

  @Test func `no secret passes, in a message or a field, as text or as a number, in any format`() throws {
    for format in LogFormat.allCases {
      let fixture = try Fixture(format)
      let logger = fixture.log.logger("x")
      logger.info("x.a", "Bearer abcdef0123456789XYZ", ["f": "postgres://u:hunter2@h/d"])
      logger.info("x.b", "card", ["n": 4_111_111_111_111_111, "d": 4111111111111111.0, "m": -4_111_111_111_111_111])
      logger.info("x.c", "named", ["password": "short", "api_key": 98765, "token": 0.25, "secret": true])
      let text = fixture.written().joined()
      for core in ["abcdef0123456789XYZ", "hunter2", "4111111111111111", "4.111111111111111", "short", "98765", "0.25"]
      {
        #expect(!text.contains(core), "\(core) in \(text)")
      }
    }
  }

  @Test func `hex is read as what its field says it is: an identifier, a hash, or else perhaps a key`() throws {
    let fixture = try Fixture()
    let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    let logger = fixture.log.logger("x")
    logger.info(
      "x.a", "seen", ["root_hash": .string(hex), "trace_id": .string(String(hex.prefix(32))), "id": .string(hex)])
    logger.info("x.b", "seen \(hex)", ["value": .string(hex), "key_id": .string(hex)])
    logger.info("x.c", "root \(hex), and \(String(hex.prefix(40)))")
    let lines = fixture.written()
    #expect(lines[0].components(separatedBy: hex).count == 3 && !lines[0].contains("redacted"), "\(lines[0])")
    #expect(!lines[1].contains(hex) && lines[1].components(separatedBy: "[redacted:entropy]").count == 4, "\(lines[1])")
    #expect(lines[2].contains("root \(hex), and [redacted:entropy]"), "\(lines[2])")
  }

  @Test func `the whole corpus passes the log without a secret`() throws {
    let fixture = try Fixture()
    let corpus = SecretCorpus(seed: 77, each: 1).secrets
    for secret in corpus { fixture.log.logger("x").info("x", secret.line, ["value": .string(secret.line)]) }
    let lines = fixture.written()
    #expect(lines.count == corpus.count)
    for (line, secret) in zip(lines, corpus) { #expect(!line.contains(secret.core), "\(secret)") }
  }

  @Test func `levels change while running, for all and for one component`() throws {
    let fixture = try Fixture()
    let (one, other) = (fixture.log.logger("one"), fixture.log.logger("other"))
    one.debug("a", "not yet")
    fixture.log.setLevel(.debug, for: "one")
    one.debug("b", "now")
    other.debug("c", "still not")
    fixture.log.level = .error
    other.warning("d", "no more")
    one.debug("e", "still")
    fixture.log.setLevel(nil, for: "one")
    one.warning("f", "no more")
    #expect(fixture.written().compactMap { $0.firstMatch(of: /"event":"(.)"/).map { String($0.1) } } == ["b", "e"])
  }

  @Test func `a message below the level is not even made`() throws {
    let fixture = try Fixture()
    func costly() -> String {
      Issue.record("made")
      return ""
    }
    fixture.log.logger("x").debug("x", costly())
  }

  @Test func `times are written as RFC 3339`() {
    let formatter = ISO8601DateFormatter()
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      let seconds = UInt64.random(in: 0..<7_258_118_400, using: &generator)
      let text = WallTime(nanoseconds: seconds * 1_000_000_000 + 42_000).text
      #expect(text.hasSuffix(".000042Z"))
      #expect(formatter.date(from: text.replacing(".000042", with: ""))?.timeIntervalSince1970 == Double(seconds))
    }
  }
}

@Suite struct LogWriting {
  @Test func `a file is appended to, and opened anew after a rotation`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("witan.log").path
    let output = try LogOutput(.file(path: path))
    let log = Log(output: output, now: { moment })
    log.logger("x").info("first", "1")
    output.flush()
    try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
    log.logger("x").info("second", "2")
    output.flush()
    try output.reopen()
    log.logger("x").info("third", "3")
    output.flush()
    let old = try String(contentsOfFile: path + ".1", encoding: .utf8)
    let new = try String(contentsOfFile: path, encoding: .utf8)
    #expect(old.contains("first") && old.contains("second") && !old.contains("third"))
    #expect(new.contains("third") && !new.contains("second"))
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
  }

  @Test func `a file that cannot be opened is refused, and a failed reopening keeps the old one`() throws {
    let folder = try TemporaryFolder()
    #expect(throws: LogOutputError.self) { try LogOutput(.file(path: folder.path + "/no/x.log")) }
    let inner = folder.file("inner")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
    let output = try LogOutput(.file(path: inner.path + "/x.log"))
    try FileManager.default.moveItem(atPath: inner.path, toPath: inner.path + "2")
    #expect(throws: LogOutputError.self) { try output.reopen() }
    output.append(Array("still\n".utf8).span.bytes)
    output.flush()
    #expect(try String(contentsOfFile: inner.path + "2/x.log", encoding: .utf8) == "still\n")
  }

  @Test func `a stuck reader costs lines, which are counted and told, and never blocks`() throws {
    let gate = DispatchSemaphore(value: 0)
    let entered = DispatchSemaphore(value: 0)
    let lines = Lines()
    let output = try LogOutput(
      .handler { bytes in
        entered.signal()
        gate.wait()
        lines.take(bytes)
      }, droppedNotice: { Array("dropped \($0)\n".utf8) })
    let line = [UInt8](repeating: 0x61, count: 1 << 20) + [0x0A]
    output.append([0x62, 0x0A].span.bytes)
    entered.wait()  // the thread is stuck with the first line
    let taken = (0..<10).count { _ in output.append(line.span.bytes) }
    #expect(taken == 3)
    #expect(output.droppedLines == 7)
    for _ in 0..<8 { gate.signal() }
    output.flush()
    #expect(lines.all.last == "dropped 7")
    let isTakenAgain = output.append([0x63, 0x0A].span.bytes)
    #expect(isTakenAgain)
  }

  @Test func `a file that takes no more loses whole lines, and says how many as soon as it takes some again`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("witan.log").path
    let log = try Log.open(.file(path: path), format: .json, now: { moment })
    let logger = log.logger("x")
    logger.info("before", "b")
    log.output.flush()
    // As a full disk does: a write stops in the middle of a line, and those behind it take nothing.
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    var narrow = limit
    narrow.rlim_cur = rlim_t(1000)
    signal(SIGXFSZ, SIG_IGN)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &narrow)
    for number in 0..<20 { logger.info("during", "line \(number) \(String(repeating: "word ", count: 10))") }
    log.output.flush()
    logger.info("during", String(repeating: "word ", count: 200))
    log.output.flush()
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    logger.info("after", "a")
    log.output.flush()
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let events = try lines.map { line in
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
      return try #require(object["event"] as? String)
    }
    let kept = events.count { $0 == "during" }
    #expect(kept > 0 && kept < 20)
    #expect(events.first == "before" && events.suffix(2) == ["log.dropped", "after"], "\(events)")
    #expect(lines.contains { $0.contains(#""fields":{"lines":\#(21 - kept)}"#) }, "\(lines)")
  }

  @Test func `many threads write whole lines`() async throws {
    let lines = Lines()
    let log = Log(output: try LogOutput(.handler { lines.take($0) }), now: { moment })
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask { for number in 0..<200 { log.logger("x").info("x", "w\(worker)-\(number)") } }
      }
    }
    log.output.flush()
    #expect(lines.all.count == 1600)
    #expect(lines.all.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
  }
}
