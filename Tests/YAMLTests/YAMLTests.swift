// The reader of YAML: what it reads, what it refuses, and that it names the place.
import TestSupport
import Testing

@testable import YAML

@Suite struct CoreSchema {
  @Test(arguments: [
    ("", YAMLScalar.null), ("~", .null), ("null", .null), ("NULL", .null), ("nUll", .string("nUll")),
    ("true", .boolean(true)), ("FALSE", .boolean(false)), ("tRue", .string("tRue")),
    ("yes", .string("yes")), ("no", .string("no")), ("on", .string("on")), ("Off", .string("Off")),
    ("y", .string("y")), ("0", .integer(0)), ("-17", .integer(-17)), ("+5", .integer(5)), ("010", .integer(10)),
    ("0o17", .integer(15)), ("0xFf", .integer(255)), ("0x", .string("0x")), ("-0x1", .string("-0x1")),
    ("0b11", .string("0b11")), ("1_000", .string("1_000")), ("12:30:00", .string("12:30:00")),
    ("190:20:30", .string("190:20:30")), ("2001-12-14", .string("2001-12-14")),
    ("1.5", .float(1.5)), ("1.", .float(1)), (".5", .float(0.5)), ("-1e3", .float(-1000)), ("1e", .string("1e")),
    ("1e+", .string("1e+")), (".", .string(".")), ("-", .string("-")), ("+", .string("+")), ("-.", .string("-.")),
    (".inf", .float(.infinity)), ("-.Inf", .float(-.infinity)), ("inf", .string("inf")), ("nan", .string("nan")),
    ("1.2.3", .string("1.2.3")), ("0x1.8p1", .string("0x1.8p1")), ("9223372036854775807", .integer(.max)),
  ])
  func `a plain scalar is what YAML 1.2 says`(text: String, value: YAMLScalar) {
    #expect(YAMLScalar.resolve(plain: text) == value)
  }

  @Test func `a number too large to hold is refused rather than rounded`() {
    #expect(YAMLScalar.resolve(plain: "9223372036854775808") == nil)
    #expect(YAMLScalar.resolve(plain: "1e999") == nil)
    #expect(throws: YAMLError(.numberOutOfRange("1e999"), at: YAMLPosition(line: 1, column: 4))) {
      try YAMLNode.parse("a: 1e999")
    }
  }

  @Test func `a quoted scalar is a string whatever it looks like`() throws {
    let root = try YAMLNode.parse("[\"1\", 'true', 1, |-\n  2\n]".replacing("|-\n  2\n", with: "''"))
    #expect(root.items?.map(\.scalar) == [.string("1"), .string("true"), .integer(1), .string("")])
  }
}

@Suite struct Documents {
  @Test func `nodes keep order, style and place`() throws {
    let root = try YAMLNode.parse(
      """
      # a comment
      listen: 127.0.0.1:8080
      limits:
        body: 1
        "header": 'x'
      list:
        - a
        - {b: c}
      text: |
        two
        lines
      """)
    #expect(root.entries?.map(\.key) == ["listen", "limits", "list", "text"])
    #expect(root.entries?[1].keyPosition == YAMLPosition(line: 3, column: 1))
    #expect(root["limits"]?["header"]?.style == .singleQuoted)
    #expect(root["limits"]?["header"]?.position == YAMLPosition(line: 5, column: 13))
    #expect(root["list"]?.items?[1]["b"]?.position == YAMLPosition(line: 8, column: 9))
    #expect(root["text"]?.string == "two\nlines")
    #expect(root["text"]?.style == .literal)
    #expect(root["nothing"] == nil)
  }

  @Test(arguments: ["", "# only words\n", "---\n", "\u{FEFF}", "null"])
  func `an empty document is null`(text: String) throws {
    #expect(try YAMLNode.parse(text).isNull)
  }

  @Test(arguments: [
    ("a: 1\na: 2", YAMLError.Reason.duplicateKey("a", first: YAMLPosition(line: 1, column: 1)), 2, 1),
    ("{x: 1, 'x': 2}", .duplicateKey("x", first: YAMLPosition(line: 1, column: 2)), 1, 8),
    ("a: &b 1", .anchor("b"), 1, 4), ("a: [1, *b]", .alias("b"), 1, 8),
    ("a: !!str 1", .tag("tag:yaml.org,2002:str"), 1, 4),
    ("a: !secret x", .tag("!secret"), 1, 4), ("a: ! x", .tag("!"), 1, 4), ("--- 1\n--- 2\n", .severalDocuments, 2, 1),
    ("%YAML 1.1\n--- 1\n", .directive, 1, 1), ("%TAG ! tag:x,2000:\n--- 1\n", .directive, 1, 1),
    ("[a, b]: 1", .keyNotScalar, 1, 1), ("<<: {a: 1}", .mergeKey, 1, 1), ("a: b\u{2028}c", .ambiguousLineBreak, 1, 5),
    ("é: é\u{85}", .ambiguousLineBreak, 1, 5),
  ])
  func `what a configuration has no use for is refused at its place`(
    text: String, reason: YAMLError.Reason, line: Int, column: Int
  ) {
    #expect(throws: YAMLError(reason, at: YAMLPosition(line: line, column: column))) { try YAMLNode.parse(text) }
  }

  @Test(arguments: ["a: [1", "a: 'x", "a: b: c", "\ta: 1", "a: 1\n b: 2", "a: \"\\q\"", "a: @x", "a: \u{1}", "]"])
  func `bad syntax is refused with a place`(text: String) {
    let error = #expect(throws: YAMLError.self) { try YAMLNode.parse(text) }
    #expect((error?.position.line ?? 0) >= 1)
    #expect(error?.message.isEmpty == false)
  }

  @Test func `bytes that are not UTF-8 are refused at their place`() {
    #expect(throws: YAMLError(.notUTF8, at: YAMLPosition(line: 2, column: 4))) {
      try YAMLNode.parse(Array("a: é\nb: ".utf8) + [0xFF, 0x0A])
    }
  }

  @Test func `the directive of version 1.2 is accepted`() throws {
    #expect(try YAMLNode.parse("%YAML 1.2\n---\na: no\n")["a"]?.string == "no")
  }
}

@Suite struct Limits {
  @Test func `size, depth and number of nodes have bounds`() throws {
    let limits = YAMLLimits(bytes: 40, depth: 3, nodes: 6)
    #expect(try YAMLNode.parse("[[1]]", limits: limits).items?.count == 1)
    #expect(throws: YAMLError(.tooDeep(limit: 3), at: YAMLPosition(line: 1, column: 4))) {
      try YAMLNode.parse("[[[1]]]", limits: limits)
    }
    #expect(throws: YAMLError(.tooManyNodes(limit: 6), at: YAMLPosition(line: 1, column: 17))) {
      try YAMLNode.parse("[1, 2, 3, 4, 5, 6, 7]", limits: limits)
    }
    #expect(throws: YAMLError(.tooLarge(bytes: 41, limit: 40), at: YAMLPosition(line: 1, column: 1))) {
      try YAMLNode.parse(String(repeating: "#", count: 41), limits: limits)
    }
  }

  @Test func `a very deep document costs an error, not the stack`() {
    for bracket in ["[", "{a: "] {
      #expect(throws: YAMLError.self) { try YAMLNode.parse(String(repeating: bracket, count: 200_000)) }
    }
    #expect(throws: YAMLError.self) { try YAMLNode.parse(String(repeating: "- ", count: 100_000)) }
  }

  @Test func `a billion laughs are refused at the first`() {
    #expect(throws: YAMLError(.anchor("a"), at: YAMLPosition(line: 1, column: 4))) {
      try YAMLNode.parse("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]")
    }
  }

  @Test func `random bytes never do worse than an error`() {
    var generator = SeededGenerator(seed: 20_240_917)
    let alphabet = Array("ab:-[]{},#&*!|>'\"%@\\\n \t0.~?<é\u{FEFF}".utf8)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in alphabet.randomElement(using: &generator)!
      }
      do throws(YAMLError) {
        _ = try YAMLNode.parse(bytes)
      } catch {
        #expect(error.position.line >= 1 && error.position.column >= 1)
      }
    }
  }
}
