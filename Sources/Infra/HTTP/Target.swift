// Request targets (RFC 9112, section 3.2) and paths without surprises: one spelling reaches a handler, or none.
import Glibc

/// What one pass over a target finds out.
struct TargetOutline {
  private var question: Int?
  private var hasEscapes = false
  private var hasDotAfterSlash = false

  /// Goes to the first byte that no target may hold. A fragment is no part of a target, so `#` ends it too; so does a
  /// space. Other visible characters that a URI should escape are let through, since clients send them.
  @inline(__always)
  mutating func scan(_ bytes: UnsafePointer<UInt8>, _ begin: Int, _ end: Int) -> Int {
    var index = begin
    var previous: UInt8 = 0
    while index < end {
      let byte = bytes[index]
      if byte <= 0x23 || byte >= 0x7f {
        guard byte == 0x21 || byte == 0x22 else { return index }
      } else if question == nil {
        if byte == 0x3f {
          question = index
        } else if byte == 0x25 {
          hasEscapes = true
        } else if byte == 0x2e, previous == 0x2f {
          hasDotAfterSlash = true
        }
      }
      previous = byte
      index &+= 1
    }
    return index
  }

  /// Takes the target apart into authority, path and query.
  func apply(_ bytes: UnsafePointer<UInt8>, _ head: IncomingHead) -> Refusal? {
    let target = head.target
    let end = target.upperBound
    if let question {
      head.query = question + 1..<end
    }
    let pathEnd = question ?? end
    switch bytes[target.lowerBound] {
    case 0x2f:
      head.path = target.lowerBound..<pathEnd
    case 0x2a where target.count == 1:
      // asterisk-form is for OPTIONS alone (section 3.2.4); unknown methods are refused later, as unknown.
      guard head.method == .options || !head.methodIsKnown else {
        return Refusal(.badRequest, "the target * is for OPTIONS only")
      }
      head.path = target
      return nil
    default:
      // authority-form is for CONNECT alone, which is refused once the head is whole.
      if head.method == .connect, head.methodIsKnown { return nil }
      guard let authority = absoluteForm(bytes, target) else {
        return Refusal(.badRequest, "the target is neither a path nor an http URI")
      }
      let host = UnsafeBufferPointer(start: bytes + authority.lowerBound, count: authority.count)
      guard isValidHost(host) else { return Refusal(.badRequest, "the target's authority is not a host") }
      head.authority = authority
      head.path = authority.upperBound..<pathEnd
    }
    guard hasEscapes || hasDotAfterSlash else { return nil }
    return resolve(bytes, head)
  }

  /// The authority of `http://authority/…`, or nil.
  private func absoluteForm(_ bytes: UnsafePointer<UInt8>, _ target: Range<Int>) -> Range<Int>? {
    let begin = bytes + target.lowerBound
    let scheme: Int
    if target.count > 7, equalsIgnoringCase(begin, 7, "http://") {
      scheme = 7
    } else if target.count > 8, equalsIgnoringCase(begin, 8, "https://") {
      scheme = 8
    } else {
      return nil
    }
    var index = target.lowerBound + scheme
    while index < target.upperBound, bytes[index] != 0x2f, bytes[index] != 0x3f { index += 1 }
    return target.lowerBound + scheme..<index
  }

  /// Resolves escapes, and refuses what different readers would take for different paths: bad escapes, control
  /// characters, an escaped slash or backslash, dot segments in any spelling, and what is not UTF-8.
  private func resolve(_ bytes: UnsafePointer<UInt8>, _ head: IncomingHead) -> Refusal? {
    let refusal = Refusal(.badRequest, "the path holds an escape or a segment that could be read in two ways")
    var decoded: [UInt8] = []
    decoded.reserveCapacity(head.path.count)
    var index = head.path.lowerBound
    while index < head.path.upperBound {
      var byte = bytes[index]
      index += 1
      if byte == 0x25 {
        guard index + 1 < head.path.upperBound, let high = hexadecimal(bytes[index]),
          let low = hexadecimal(bytes[index + 1])
        else { return refusal }
        byte = high << 4 | low
        guard byte >= 0x20, byte != 0x7f, byte != 0x2f, byte != 0x5c else { return refusal }
        index += 2
      }
      decoded.append(byte)
    }
    for segment in decoded.split(separator: 0x2f, omittingEmptySubsequences: true) {
      if segment.elementsEqual([0x2e]) || segment.elementsEqual([0x2e, 0x2e]) { return refusal }
    }
    if hasEscapes {
      guard String(validating: decoded, as: UTF8.self) != nil else { return refusal }
      head.decodedPath = decoded
    }
    return nil
  }
}

/// What may stand in brackets: `IPv6address / IPvFuture` (RFC 3986, section 3.2.2). A zone is no part of it.
private func isLiteralAddress(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  guard let first = text.first else { return false }
  if lowered(first) == 0x76 {
    guard let point = text.firstIndex(of: 0x2e), point > 1, point + 1 < text.count else { return false }
    return text[1..<point].allSatisfy { hexadecimal($0) != nil }
      && text[(point + 1)...].allSatisfy { ByteSet.registeredName.contains($0) || $0 == 0x3a }
  }
  guard text.count < Int(INET6_ADDRSTRLEN), text.allSatisfy({ hexadecimal($0) != nil || $0 == 0x3a || $0 == 0x2e })
  else { return false }
  return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { copy in
    for index in 0..<text.count { copy[index] = CChar(bitPattern: text[index]) }
    copy[text.count] = 0
    var address = in6_addr()
    return inet_pton(AF_INET6, copy.baseAddress, &address) == 1
  }
}

/// RFC 9110, section 7.2, with RFC 3986, section 3.2.2: `uri-host [ ":" port ]`, and not empty, since `http` URIs have
/// a host.
func isValidHost(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
  guard let first = value.first else { return false }
  var index = 0
  if first == 0x5b {
    guard let end = value.firstIndex(of: 0x5d), isLiteralAddress(UnsafeBufferPointer(rebasing: value[1..<end])) else {
      return false
    }
    index = end + 1
  } else {
    while index < value.count, value[index] != 0x3a {
      if value[index] == 0x25 {
        guard index + 2 < value.count, hexadecimal(value[index + 1]) != nil, hexadecimal(value[index + 2]) != nil else {
          return false
        }
        index += 3
        continue
      }
      guard ByteSet.registeredName.contains(value[index]) else { return false }
      index += 1
    }
    guard index > 0 else { return false }
  }
  guard index < value.count else { return true }
  guard value[index] == 0x3a, value.count - index <= 6 else { return false }
  var port = 0
  for digit in value[(index + 1)...] {
    guard digit >= 0x30, digit <= 0x39 else { return false }
    port = port * 10 + Int(digit - 0x30)
  }
  return port <= 65_535
}
