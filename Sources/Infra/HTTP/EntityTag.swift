// Conditional requests (RFC 9110, section 13): entity tags and what If-Match and If-None-Match say about them.

/// An entity tag.
package struct EntityTag: Sendable, Hashable, CustomStringConvertible {
  package let opaque: String
  package let isWeak: Bool

  /// `opaque` holds visible characters other than the quotation mark; others are left out.
  package init(_ opaque: String, isWeak: Bool = false) {
    self.opaque = String(decoding: opaque.utf8.filter { $0 > 0x20 && $0 != 0x22 && $0 != 0x7f }, as: UTF8.self)
    self.isWeak = isWeak
  }

  package var description: String { (isWeak ? "W/\"" : "\"") + opaque + "\"" }

  /// Whether a list of tags, or `*`, has one that compares equal (section 8.8.3.2); nil where the list is malformed.
  static func matches(_ list: String, _ tag: EntityTag?, strongly: Bool) -> Bool? {
    let bytes = Array(list.utf8)
    if bytes == [0x2a] { return tag != nil }
    var index = 0
    var found = false
    var count = 0
    while true {
      while index < bytes.count, [0x20, 0x09, 0x2c].contains(bytes[index]) { index += 1 }
      guard index < bytes.count else { return count > 0 ? found : nil }
      let isWeak = bytes[index...].starts(with: [0x57, 0x2f])
      if isWeak { index += 2 }
      guard index < bytes.count, bytes[index] == 0x22,
        let end = bytes[(index + 1)...].firstIndex(of: 0x22)
      else { return nil }
      let opaque = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
      count += 1
      if let tag, tag.opaque == opaque, !strongly || (!isWeak && !tag.isWeak) { found = true }
      index = end + 1
      guard index == bytes.count || [0x20, 0x09, 0x2c].contains(bytes[index]) else { return nil }
    }
  }
}

extension Request {
  /// Holds a change against the state it was made for: the tag of what is there now, nil when nothing is. Throws 412
  /// where `If-Match` or `If-None-Match` says otherwise, 428 where `If-Match` is required and missing, 400 where it is
  /// malformed.
  package func requireMatch(_ current: EntityTag?, required: Bool = false) throws(Problem) {
    let lines = headers("If-Match")
    if lines.isEmpty {
      if required {
        throw Problem(.preconditionRequired, detail: "If-Match has to name the version that is to be changed")
      }
    } else {
      guard let matches = EntityTag.matches(lines.joined(separator: ","), current, strongly: true) else {
        throw Problem(.badRequest, detail: "If-Match is not a list of entity tags")
      }
      if !matches {
        throw Problem(
          .preconditionFailed, detail: "it has changed since; the current version is \(current?.description ?? "none")")
      }
    }
    if let list = header(.ifNoneMatch), EntityTag.matches(list, current, strongly: false) == true {
      throw Problem(.preconditionFailed, detail: "If-None-Match does not hold")
    }
  }
}

extension Response {
  /// Marks the answer with the tag of what it shows. A GET that names it in If-None-Match is answered with 304.
  package func tagged(_ tag: EntityTag) -> Response { with("ETag", tag.description) }

  /// 304 in the place of this answer, where the client has it already (RFC 9110, section 15.4.5).
  func notModified(for head: IncomingHead) -> Response? {
    guard status == .ok, headers.presence.contains(.entityTag), head.method == .get || head.method == .head,
      let range = head.valueRange(.ifNoneMatch), let value = headers["ETag"]
    else { return nil }
    let tag = EntityTag(String(value.drop { $0 == "W" || $0 == "/" }))
    let list = head.withBytes(range) { String(decoding: $0, as: UTF8.self) }
    guard EntityTag.matches(list, tag, strongly: false) == true else { return nil }
    return Response(.notModified, headers: headers)
  }
}
