// `tracestate`: what other tracing systems want carried along (section 3.3). It is passed on as it came, within bounds;
// what breaks a rule is dropped whole, since nobody can say which part of it was meant.

package struct TraceState: Hashable, Sendable {
  /// The members in order, joined by commas; empty where there are none.
  package let text: String

  package init() { text = "" }

  /// No list has more members (section 3.3.1.1).
  package static let memberLimit = 32
  /// Longer lists lose members: a service should carry 512 characters at least (section 3.3.1.5).
  package static let byteLimit = 2048

  /// All fields of that name, in order, as one list. Empty members are allowed and left out.
  package init(fields: [String]) {
    var members: [Substring.UTF8View] = []
    var keys: Set<String> = []
    for field in fields {
      for piece in field.utf8.split(separator: 0x2C) {
        let member = Self.trimmed(piece)
        if member.isEmpty { continue }
        guard members.count < Self.memberLimit, let equals = member.firstIndex(of: 0x3D),
          Self.isKey(Array(member[..<equals])), Self.isValue(Array(member[member.index(after: equals)...])),
          keys.insert(String(Substring(member[..<equals]))).inserted
        else {
          text = ""
          return
        }
        members.append(member)
      }
    }
    text = Self.bounded(members).map { String(Substring($0)) }.joined(separator: ",")
  }

  package var isEmpty: Bool { text.isEmpty }

  /// Members longer than 128 characters go first, then those at the end (section 3.3.1.5).
  private static func bounded(_ members: [Substring.UTF8View]) -> [Substring.UTF8View] {
    func size(_ members: [Substring.UTF8View]) -> Int { members.reduce(0) { $0 + $1.count + 1 } - 1 }
    var kept = members
    while size(kept) > byteLimit, let long = kept.lastIndex(where: { $0.count > 128 }) { kept.remove(at: long) }
    while size(kept) > byteLimit { kept.removeLast() }
    return kept
  }

  private static func trimmed(_ piece: Substring.UTF8View) -> Substring.UTF8View {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    var piece = piece.drop(while: isSpace)
    while let last = piece.last, isSpace(last) { piece = piece.dropLast() }
    return piece
  }

  /// `( lcalpha / DIGIT ) 0*255( keychar )`; with an `@` the parts before and after it as level 1 bounds them, which is
  /// the narrower of what the two levels of the standard accept.
  private static func isKey(_ key: [UInt8]) -> Bool {
    let parts = key.split(separator: 0x40, omittingEmptySubsequences: false)
    func isPart(_ part: ArraySlice<UInt8>, _ limit: Int) -> Bool {
      guard let first = part.first, part.count <= limit, isLowerOrDigit(first) else { return false }
      return part.allSatisfy { isLowerOrDigit($0) || "_-*/".utf8.contains($0) }
    }
    switch parts.count {
    case 1: return isPart(parts[0], 256)
    case 2: return isPart(parts[0], 241) && isPart(parts[1], 14)
    default: return false
    }
  }

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 || byte &- 0x30 < 10 }

  /// Up to 256 printable characters without comma and equals sign, the last of them no space.
  private static func isValue(_ value: [UInt8]) -> Bool {
    guard let last = value.last, value.count <= 256, last != 0x20 else { return false }
    return value.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }
  }
}
