// The grammar of RFC 9112 and RFC 9110 once more, written from the text of the standards with regular expressions: slow,
// obvious, and with no line in common with the server's parser. Bytes above 127 are carried as the characters U+0080 to
// U+00FF.
import Foundation

enum ReferenceReading: Equatable {
  case request(method: String, target: String, fields: Int, keepAlive: Bool, body: [UInt8])
  case refused
}

struct ReferenceGrammar {
  private var rest: String

  static func read(_ bytes: [UInt8]) -> [ReferenceReading] {
    var grammar = ReferenceGrammar(rest: String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) })))
    var readings: [ReferenceReading] = []
    while true {
      grammar.dropEmptyLines()
      if grammar.rest.isEmpty || grammar.rest.unicodeScalars.elementsEqual("\r".unicodeScalars) { return readings }
      guard let reading = grammar.message() else { return readings + [.refused] }
      readings.append(reading)
      if case .request(_, _, _, false, _) = reading { return readings }
    }
  }

  private var scalars: Substring.UnicodeScalarView { rest[...].unicodeScalars }

  /// Section 2.2: empty lines in front of a request line are ignored.
  private mutating func dropEmptyLines() {
    while rest.unicodeScalars.starts(with: "\r\n".unicodeScalars) { drop(2) }
  }

  private mutating func drop(_ count: Int) { rest = String(rest.unicodeScalars.dropFirst(count)) }

  /// A line ends with CRLF; a CR or LF anywhere else is an error.
  private mutating func line() -> String? {
    let scalars = Array(rest.unicodeScalars)
    guard let feed = scalars.firstIndex(of: "\n"), feed > 0, scalars[feed - 1] == "\r" else { return nil }
    let line = scalars[..<(feed - 1)]
    guard !line.contains("\r") else { return nil }
    drop(feed + 1)
    return String(String.UnicodeScalarView(line))
  }

  private static let token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
  private static let host =
    #"(?:\[([^\]]*)\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::([0-9]{0,5}))?"#
  private static let text = #"[\t\x20-\x7e\x80-\xff]*"#

  private static func matches(_ pattern: String, _ text: String) -> [String?]? {
    guard
      let expression = try? NSRegularExpression(
        pattern: "\\A(?:" + pattern + ")\\z", options: .dotMatchesLineSeparators),
      let match = expression.firstMatch(in: text, range: NSRange(location: 0, length: (text as NSString).length))
    else { return nil }
    return (0..<match.numberOfRanges).map { index in
      match.range(at: index).location == NSNotFound ? nil : (text as NSString).substring(with: match.range(at: index))
    }
  }

  // MARK: A message

  private mutating func message() -> ReferenceReading? {
    guard let first = line(),
      let parts = Self.matches("(\(Self.token)) ([!\"$-~]+) HTTP/1\\.([0-9])", first),
      let method = parts[1], let target = parts[2], let minor = parts[3],
      ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"].contains(method),
      Self.isTarget(target, method)
    else { return nil }
    let isOld = minor == "0"
    guard let fields = fieldLines() else { return nil }
    func values(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name }.map(\.value) }

    let hosts = values("host")
    guard hosts.count == 1 || (isOld && hosts.isEmpty), hosts.allSatisfy(Self.isHost) else { return nil }
    for name in ["authorization", "content-type", "origin", "idempotency-key"] {
      guard values(name).count <= 1 else { return nil }
    }
    guard values("expect").allSatisfy({ $0.lowercased() == "100-continue" }) else { return nil }
    let options = values("connection").flatMap { $0.split(separator: ",") }
      .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t")).lowercased() }
    let keepAlive = !options.contains("close") && (!isOld || options.contains("keep-alive"))

    let lengths = values("content-length")
    let codings = values("transfer-encoding")
    var body: [UInt8] = []
    if !codings.isEmpty {
      guard codings.count == 1, codings[0].lowercased() == "chunked", lengths.isEmpty, !isOld, let chunks = chunks()
      else {
        return nil
      }
      body = chunks
    } else if !lengths.isEmpty {
      guard lengths.count == 1, Self.matches("[0-9]{1,18}", lengths[0]) != nil, let length = Int(lengths[0]),
        let content = take(length)
      else { return nil }
      body = content
    }
    return .request(method: method, target: target, fields: fields.count, keepAlive: keepAlive, body: body)
  }

  private mutating func fieldLines() -> [(name: String, value: String)]? {
    var fields: [(name: String, value: String)] = []
    while true {
      guard let line = line() else { return nil }
      if line.isEmpty { return fields }
      guard let parts = Self.matches("(\(Self.token)):[ \\t]*(\(Self.text)?)[ \\t]*", line) else { return nil }
      fields.append((parts[1]!, parts[2] ?? ""))
    }
  }

  private mutating func take(_ count: Int) -> [UInt8]? {
    let scalars = rest.unicodeScalars.prefix(count)
    guard scalars.count == count else { return nil }
    let bytes = scalars.map { UInt8($0.value) }
    drop(count)
    return bytes
  }

  // MARK: Chunks

  private mutating func chunks() -> [UInt8]? {
    let quoted = #""(?:[\t\x20!\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*""#
    let bare = "[ \\t]*;[ \\t]*\(Self.token)(?:[ \\t]*=[ \\t]*(?:\(Self.token)|\(quoted)))?"
    var content: [UInt8] = []
    while true {
      guard let line = line(), let parts = Self.matches("([0-9A-Fa-f]{1,15})((?:\(bare))*)", line),
        let size = Int(parts[1]!, radix: 16)
      else { return nil }
      if size == 0 { break }
      guard let data = take(size), take(2) == [0x0d, 0x0a] else { return nil }
      content += data
    }
    while true {
      guard let line = line() else { return nil }
      if line.isEmpty { return content }
      guard Self.matches("\(Self.token):\(Self.text)", line) != nil else { return nil }
    }
  }

  // MARK: Targets

  private static func isHost(_ text: String) -> Bool {
    guard let parts = matches(host, text), parts[1].map(isLiteral) ?? true else { return false }
    return Int(parts[2] ?? "") ?? 0 <= 65_535
  }

  /// IPv6address / IPvFuture: eight groups, of which one gap may stand for several, and the last two may be written as
  /// IPv4.
  private static func isLiteral(_ text: String) -> Bool {
    if matches("[Vv][0-9A-Fa-f]+\\.[A-Za-z0-9._~!$&'()*+,;=:-]+", text) != nil { return true }
    let halves = text.components(separatedBy: "::")
    guard halves.count <= 2 else { return false }
    var groups = 0
    for (index, half) in halves.enumerated() where !half.isEmpty {
      let parts = half.components(separatedBy: ":")
      for (place, part) in parts.enumerated() {
        let isLast = index == halves.count - 1 && place == parts.count - 1
        let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
        if matches("[0-9A-Fa-f]{1,4}", part) != nil {
          groups += 1
        } else if isLast, matches("\(octet)(?:\\.\(octet)){3}", part) != nil {
          groups += 2
        } else {
          return false
        }
      }
    }
    return halves.count == 2 ? groups <= 7 : groups == 8
  }

  private static func isTarget(_ target: String, _ method: String) -> Bool {
    if target == "*" { return method == "OPTIONS" }
    let untilQuery = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
    if target.hasPrefix("/") { return isPath(String(untilQuery)) }
    guard let parts = matches("[Hh][Tt][Tt][Pp][Ss]?://([^/?]*)(/[^?]*)?(?:\\?.*)?", target) else { return false }
    return isHost(parts[1] ?? "") && isPath(parts[2] ?? "")
  }

  /// What this server adds of its own: one reading of a path, or none.
  private static func isPath(_ path: String) -> Bool {
    guard matches("(?:[^%]|%[0-9A-Fa-f]{2})*", path) != nil else { return false }
    var bytes: [UInt8] = []
    var rest = Array(path.utf8)[...]
    while let byte = rest.popFirst() {
      if byte != 0x25 {
        bytes.append(byte)
        continue
      }
      let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)!
      if value < 0x20 || [0x7f, 0x2f, 0x5c].contains(value) { return false }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { return false }
    return !text.components(separatedBy: "/").contains { $0 == "." || $0 == ".." }
  }
}
