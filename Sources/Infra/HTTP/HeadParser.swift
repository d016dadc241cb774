// The head of a request, read in place, line by line, as the lines arrive (RFC 9112, sections 2 to 6). Strict: a message
// has exactly one reading or it is refused. Nothing is copied; what is found is kept as ranges in an `IncomingHead`.
import Glibc

/// The limits that a head is read under.
struct HeadLimits: Sendable {
  var headerBytes: Int
  var headerCount: Int
  var targetLength: Int

  init(_ limits: ServerLimits) {
    headerBytes = min(limits.headerBytes, Int(UInt16.max))
    headerCount = min(limits.headerCount, 255)
    targetLength = limits.targetLength
  }
}

struct HeadParser {
  enum Outcome: Equatable {
    case incomplete
    /// The head is whole and takes up this many bytes.
    case complete(Int)
    case refused(Refusal)
  }

  /// Where the current line begins, and up to where no line feed was seen.
  private var line = 0
  private var scanned = 0
  private var requestLineSeen = false
  private var hosts = 0
  private var contentLength: Int?
  private var chunked = false
  private var closeWanted = false

  /// Whether a byte of the request line has been seen: empty lines before it do not count (RFC 9112, section 2.2).
  func hasBegun(_ count: Int) -> Bool { requestLineSeen || count > line }

  /// Reads on. `bytes` holds all that has arrived of this head from its first byte on, `count` bytes of it.
  mutating func advance(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ head: IncomingHead, _ limits: HeadLimits
  ) -> Outcome {
    while true {
      guard scanned < count, let found = memchr(bytes + scanned, 0x0a, count &- scanned) else {
        return unfinished(bytes, count, limits)
      }
      let lineFeed = UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
      guard lineFeed > line, bytes[lineFeed &- 1] == 0x0d else { return refuse("a line ends with LF alone") }
      if lineFeed >= limits.headerBytes { return tooLarge(bytes, limits, lineFeed &- line) }
      let end = lineFeed &- 1
      let begin = line
      line = lineFeed &+ 1
      scanned = line
      if !requestLineSeen {
        if end == begin { continue }
        requestLineSeen = true
        if let refusal = requestLine(bytes, begin, end, head, limits) { return .refused(refusal) }
      } else if end == begin {
        if let refusal = finish(bytes, head) { return .refused(refusal) }
        return .complete(line)
      } else if let refusal = fieldLine(bytes, begin, end, head, limits) {
        return .refused(refusal)
      }
    }
  }

  /// What can be said of a line before its end has arrived: bytes that no line may hold are refused at once, so that a
  /// client speaking something else does not wait for a timeout.
  private mutating func unfinished(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ limits: HeadLimits) -> Outcome {
    for index in scanned..<max(scanned, count) {
      let byte = bytes[index]
      if byte == 0x0d ? index + 1 < count : !isFieldByte(byte) { return refuse("a control character in the head") }
    }
    // The carriage return at the end is looked at again when its successor is there.
    scanned = count > scanned && bytes[count - 1] == 0x0d ? count - 1 : count
    if count > limits.headerBytes { return tooLarge(bytes, limits, count - line) }
    if !requestLineSeen, count - line > limits.targetLength + 64 { return tooLarge(bytes, limits, count - line) }
    return .incomplete
  }

  /// `bytes[line..<line + length]` is the line that goes too far.
  private func tooLarge(_ bytes: UnsafePointer<UInt8>, _ limits: HeadLimits, _ length: Int) -> Outcome {
    if requestLineSeen {
      return .refused(Refusal(.requestHeaderFieldsTooLarge, "the head is larger than \(limits.headerBytes) bytes"))
    }
    // A method longer than any that is known is unknown (RFC 9112, section 3).
    var end = 0
    while end < length, ByteSet.token.contains(bytes[line &+ end]) { end &+= 1 }
    if end > Method.longestName { return .refused(Refusal(.notImplemented, "the method is not implemented")) }
    guard end > 0, end < length, bytes[line &+ end] == 0x20 else {
      return refuse("the request line does not begin with a method and one space")
    }
    return .refused(Refusal(.uriTooLong, "the request line is longer than \(limits.targetLength) bytes allow"))
  }

  private func refuse(_ detail: String) -> Outcome { .refused(Refusal(.badRequest, detail)) }

  // MARK: Request line (section 3)

  private func requestLine(
    _ bytes: UnsafePointer<UInt8>, _ begin: Int, _ end: Int, _ head: IncomingHead, _ limits: HeadLimits
  ) -> Refusal? {
    var index = begin
    while index < end, ByteSet.token.contains(bytes[index]) { index &+= 1 }
    guard index > begin, index < end, bytes[index] == 0x20 else {
      return Refusal(.badRequest, "the request line does not begin with a method and one space")
    }
    if let method = Method(bytes + begin, index &- begin) {
      head.method = method
    } else {
      head.methodIsKnown = false
    }
    let targetStart = index &+ 1
    var outline = TargetOutline()
    index = outline.scan(bytes, targetStart, end)
    let targetEnd = index
    guard targetEnd > targetStart, index < end, bytes[index] == 0x20 else {
      return Refusal(.badRequest, "the request target is empty or holds a byte that no target may hold")
    }
    if targetEnd &- targetStart > limits.targetLength {
      return Refusal(.uriTooLong, "the request target is longer than \(limits.targetLength) bytes")
    }
    if let refusal = version(bytes + (index &+ 1), end &- index &- 1, head) { return refusal }
    head.target = targetStart..<targetEnd
    return outline.apply(bytes, head)
  }

  private func version(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ head: IncomingHead) -> Refusal? {
    guard count == 8 else { return Refusal(.badRequest, "the request line does not end with HTTP/1.1") }
    let word = UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
    if word == 0x312e_312f_5054_5448 {
      head.minorVersion = 1
      return nil
    }
    // "HTTP/" DIGIT "." DIGIT
    guard word & 0x00ff_00ff_ffff_ffff == 0x002e_002f_5054_5448, (0x30...0x39).contains(bytes[5]),
      (0x30...0x39).contains(bytes[7])
    else { return Refusal(.badRequest, "the request line does not end with HTTP/1.1") }
    guard bytes[5] == 0x31 else { return Refusal(.versionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here") }
    // A higher minor version is read as the highest that is known (RFC 9110, section 2.5).
    head.minorVersion = bytes[7] == 0x30 ? 0 : 1
    if head.minorVersion == 0 { head.keepAlive = false }
    return nil
  }

  // MARK: Field lines (section 5)

  private mutating func fieldLine(
    _ bytes: UnsafePointer<UInt8>, _ begin: Int, _ end: Int, _ head: IncomingHead, _ limits: HeadLimits
  ) -> Refusal? {
    guard head.fieldCount < limits.headerCount else {
      return Refusal(.requestHeaderFieldsTooLarge, "more than \(limits.headerCount) fields")
    }
    var colon = begin
    while colon < end, ByteSet.token.contains(bytes[colon]) { colon &+= 1 }
    guard colon > begin, colon < end, bytes[colon] == 0x3a else {
      let folded = bytes[begin] == 0x20 || bytes[begin] == 0x09
      return Refusal(.badRequest, folded ? "a folded field line" : "a field name holds a byte that no name may hold")
    }
    var first = colon &+ 1
    var last = end
    while first < last, bytes[first] == 0x20 || bytes[first] == 0x09 { first &+= 1 }
    while last > first, bytes[last &- 1] == 0x20 || bytes[last &- 1] == 0x09 { last &-= 1 }
    guard isFieldContent(bytes + first, last &- first) else {
      return Refusal(.badRequest, "a control character in a field value")
    }
    let known = KnownField(bytes + begin, colon &- begin)
    head.append(
      FieldRange(
        nameStart: UInt32(truncatingIfNeeded: begin), valueStart: UInt32(truncatingIfNeeded: first),
        nameLength: UInt16(truncatingIfNeeded: colon &- begin), valueLength: UInt16(truncatingIfNeeded: last &- first)),
      known)
    guard let known else { return nil }
    return meaning(of: known, UnsafeBufferPointer(start: bytes + first, count: last &- first), head)
  }

  /// What the fields that frame and steer the message say.
  private mutating func meaning(
    of field: KnownField, _ value: UnsafeBufferPointer<UInt8>, _ head: IncomingHead
  ) -> Refusal? {
    switch field {
    case .host:
      hosts += 1
      guard hosts == 1 else { return Refusal(.badRequest, "more than one Host") }
      return isValidHost(value) ? nil : Refusal(.badRequest, "Host is not a host with an optional port")
    case .contentLength:
      guard contentLength == nil else { return Refusal(.badRequest, "more than one Content-Length") }
      contentLength = decimal(value)
      return contentLength != nil ? nil : Refusal(.badRequest, "Content-Length is not a number")
    case .transferEncoding:
      // Any coding but a single final `chunked` is refused (sections 6.1 and 7).
      guard !chunked, equalsIgnoringCase(value.baseAddress!, value.count, "chunked") else {
        return Refusal(.badRequest, "Transfer-Encoding is not exactly chunked")
      }
      chunked = true
    case .connection: connection(value, head)
    case .expect:
      guard equalsIgnoringCase(value.baseAddress!, value.count, "100-continue") else {
        return Refusal(.expectationFailed, "the only expectation known is 100-continue")
      }
      head.continueWanted = true
    case .upgrade: head.upgradeWanted = true
    // Their grammar has one value, not a list (RFC 9110, sections 5.3, 8.3 and 11.6.2; RFC 6454, section 7.3). With
    // two, a proxy might go by one and we by the other.
    case .authorization, .contentType, .origin, .idempotencyKey:
      if head.isRepeated(field) { return Refusal(.badRequest, "more than one \(field.name)") }
    default: break
    }
    return nil
  }

  private mutating func connection(_ value: UnsafeBufferPointer<UInt8>, _ head: IncomingHead) {
    forEachListMember(value) { member in
      if equalsIgnoringCase(member.baseAddress!, member.count, "close") {
        closeWanted = true
      } else if equalsIgnoringCase(member.baseAddress!, member.count, "keep-alive") {
        head.keepAlive = true
      }
    }
    if closeWanted { head.keepAlive = false }
  }

  // MARK: The whole (sections 3.2 and 6)

  private func finish(_ bytes: UnsafePointer<UInt8>, _ head: IncomingHead) -> Refusal? {
    if hosts == 0, head.minorVersion == 1 { return Refusal(.badRequest, "Host is missing") }
    if chunked {
      if contentLength != nil { return Refusal(.badRequest, "both Content-Length and Transfer-Encoding") }
      if head.minorVersion == 0 { return Refusal(.badRequest, "Transfer-Encoding in HTTP/1.0") }
      head.framing = .chunked
    } else if let contentLength, contentLength > 0 {
      head.framing = .length(contentLength)
    }
    // Expectations of HTTP/1.0 clients are ignored (RFC 9110, section 10.1.1), and so are those without a body.
    if head.continueWanted, head.minorVersion == 0 || head.framing == .none { head.continueWanted = false }
    if !head.methodIsKnown { return Refusal(.notImplemented, "the method is not implemented") }
    if head.method == .connect { return Refusal(.notImplemented, "CONNECT is not implemented: this is not a proxy") }
    return nil
  }
}

/// `1*DIGIT` that fits, or nil.
func decimal(_ digits: UnsafeBufferPointer<UInt8>) -> Int? {
  guard !digits.isEmpty, digits.count <= 18 else { return nil }
  var value = 0
  for digit in digits {
    guard digit >= 0x30, digit <= 0x39 else { return nil }
    value = value &* 10 &+ Int(digit &- 0x30)
  }
  return value
}

/// Calls `body` for each non-empty member of a comma-separated list, without its white space (RFC 9110, section 5.6.1).
func forEachListMember(_ list: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
  var begin = 0
  while begin < list.count {
    var end = begin
    while end < list.count, list[end] != 0x2c { end += 1 }
    var first = begin
    var last = end
    while first < last, list[first] == 0x20 || list[first] == 0x09 { first += 1 }
    while last > first, list[last - 1] == 0x20 || list[last - 1] == 0x09 { last -= 1 }
    if last > first { body(UnsafeBufferPointer(rebasing: list[first..<last])) }
    begin = end + 1
  }
}
