// Request methods of RFC 9110 and RFC 5789, and QUERY, which clients begin to send. Others are recognised as tokens and answered with 501.

package enum Method: UInt8, CaseIterable, Sendable {
  case get, head, post, put, delete, options, patch, trace, connect, query

  package var name: String {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .patch: "PATCH"
    case .trace: "TRACE"
    case .connect: "CONNECT"
    case .query: "QUERY"
    }
  }

  /// Bytes of the longest of them.
  static let longestName = 7

  /// Methods are case-sensitive (RFC 9110, section 9.1).
  init?(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
    switch count {
    case 3:
      if Self.equal(bytes, "GET") { self = .get } else if Self.equal(bytes, "PUT") { self = .put } else { return nil }
    case 4:
      if Self.equal(bytes, "POST") {
        self = .post
      } else if Self.equal(bytes, "HEAD") {
        self = .head
      } else {
        return nil
      }
    case 5:
      if Self.equal(bytes, "PATCH") {
        self = .patch
      } else if Self.equal(bytes, "TRACE") {
        self = .trace
      } else if Self.equal(bytes, "QUERY") {
        self = .query
      } else {
        return nil
      }
    case 6: if Self.equal(bytes, "DELETE") { self = .delete } else { return nil }
    case 7:
      if Self.equal(bytes, "OPTIONS") {
        self = .options
      } else if Self.equal(bytes, "CONNECT") {
        self = .connect
      } else {
        return nil
      }
    default: return nil
    }
  }

  @inline(__always)
  private static func equal(_ bytes: UnsafePointer<UInt8>, _ name: StaticString) -> Bool {
    for index in 0..<name.utf8CodeUnitCount where bytes[index] != name.utf8Start[index] { return false }
    return true
  }
}
