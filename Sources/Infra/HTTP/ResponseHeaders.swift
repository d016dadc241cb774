// The fields of an answer, kept as the bytes that will be sent: one buffer however many fields there are.

package struct ResponseHeaders: Sendable, Equatable {
  /// `Name: value CRLF`, repeated.
  package private(set) var bytes: [UInt8] = []

  /// Fields that the server would add of its own accord, were they not here already.
  struct Presence: OptionSet, Sendable, Equatable {
    let rawValue: UInt8
    static let cacheControl = Presence(rawValue: 1)
    static let contentSecurityPolicy = Presence(rawValue: 2)
    static let contentType = Presence(rawValue: 4)
    static let frameOptions = Presence(rawValue: 8)
    static let traceparent = Presence(rawValue: 16)
    static let entityTag = Presence(rawValue: 32)
  }

  private(set) var presence: Presence = []

  package init() {}

  package var isEmpty: Bool { bytes.isEmpty }

  /// Adds a line. Bytes that no field value may hold become spaces, so that nothing a client said can split an answer.
  /// The fields that frame the answer (Content-Length, Transfer-Encoding, Connection, Date) belong to the server and are
  /// left out here.
  package mutating func add(_ name: String, _ value: some StringProtocol) {
    guard let mark = Self.mark(name) else { return }
    presence.formUnion(mark)
    bytes.reserveCapacity(bytes.count + name.utf8.count + value.utf8.count + 4)
    bytes.append(contentsOf: name.utf8)
    bytes.append(0x3a)
    bytes.append(0x20)
    for byte in value.utf8 { bytes.append(isFieldByte(byte) ? byte : 0x20) }
    bytes.append(0x0d)
    bytes.append(0x0a)
  }

  /// Adds a line in the place of those of the same name.
  package mutating func set(_ name: String, _ value: some StringProtocol) {
    remove(name)
    add(name, value)
  }

  package mutating func remove(_ name: String) {
    while let line = line(of: name) { bytes.removeSubrange(line) }
    presence.subtract(Self.mark(name) ?? [])
  }

  /// The value of the first line of that name.
  package subscript(name: String) -> String? {
    line(of: name).map {
      String(decoding: bytes[($0.lowerBound + name.utf8.count + 2)..<($0.upperBound - 2)], as: UTF8.self)
    }
  }

  private func line(of name: String) -> Range<Int>? {
    let wanted = Array(name.utf8)
    var begin = 0
    while begin < bytes.count {
      guard let feed = bytes[begin...].firstIndex(of: 0x0a) else { return nil }
      let colon = begin + wanted.count
      if colon < feed, bytes[colon] == 0x3a,
        zip(bytes[begin..<colon], wanted).allSatisfy({ lowered($0) == lowered($1) })
      {
        return begin..<feed + 1
      }
      begin = feed + 1
    }
    return nil
  }

  /// Nil for names that are the server's own or no names at all.
  private static func mark(_ name: String) -> Presence? {
    switch name.lowercased() {
    case "content-length", "transfer-encoding", "connection", "date", "keep-alive": nil
    case "cache-control": .cacheControl
    case "content-security-policy": .contentSecurityPolicy
    case "content-type": .contentType
    case "x-frame-options": .frameOptions
    case "traceparent": .traceparent
    case "etag": .entityTag
    default: !name.isEmpty && name.utf8.allSatisfy(ByteSet.token.contains) ? Presence() : nil
    }
  }
}
