// Fields that the server itself or most handlers look at: recognised once by length and bytes, found by index later.

package enum KnownField: UInt8, CaseIterable, Sendable {
  case host, connection, contentLength, transferEncoding, expect, upgrade
  case accept, origin, contentType, authorization, ifMatch, ifNoneMatch, traceparent, tracestate, acceptEncoding
  case idempotencyKey, userAgent

  @inline(__always)
  init?(_ name: UnsafePointer<UInt8>, _ count: Int) {
    switch count {
    case 4: if equalsIgnoringCase(name, count, "host") { self = .host } else { return nil }
    case 6:
      if equalsIgnoringCase(name, count, "accept") {
        self = .accept
      } else if equalsIgnoringCase(name, count, "expect") {
        self = .expect
      } else if equalsIgnoringCase(name, count, "origin") {
        self = .origin
      } else {
        return nil
      }
    case 7: if equalsIgnoringCase(name, count, "upgrade") { self = .upgrade } else { return nil }
    case 8: if equalsIgnoringCase(name, count, "if-match") { self = .ifMatch } else { return nil }
    case 10:
      if equalsIgnoringCase(name, count, "connection") {
        self = .connection
      } else if equalsIgnoringCase(name, count, "user-agent") {
        self = .userAgent
      } else if equalsIgnoringCase(name, count, "tracestate") {
        self = .tracestate
      } else {
        return nil
      }
    case 11: if equalsIgnoringCase(name, count, "traceparent") { self = .traceparent } else { return nil }
    case 12: if equalsIgnoringCase(name, count, "content-type") { self = .contentType } else { return nil }
    case 13:
      if equalsIgnoringCase(name, count, "authorization") {
        self = .authorization
      } else if equalsIgnoringCase(name, count, "if-none-match") {
        self = .ifNoneMatch
      } else {
        return nil
      }
    case 14: if equalsIgnoringCase(name, count, "content-length") { self = .contentLength } else { return nil }
    case 15:
      if equalsIgnoringCase(name, count, "accept-encoding") {
        self = .acceptEncoding
      } else if equalsIgnoringCase(name, count, "idempotency-key") {
        self = .idempotencyKey
      } else {
        return nil
      }
    case 17: if equalsIgnoringCase(name, count, "transfer-encoding") { self = .transferEncoding } else { return nil }
    default: return nil
    }
  }
}

extension KnownField {
  /// The name as standards write it.
  package var name: String {
    switch self {
    case .host: "Host"
    case .connection: "Connection"
    case .contentLength: "Content-Length"
    case .transferEncoding: "Transfer-Encoding"
    case .expect: "Expect"
    case .upgrade: "Upgrade"
    case .accept: "Accept"
    case .origin: "Origin"
    case .contentType: "Content-Type"
    case .authorization: "Authorization"
    case .ifMatch: "If-Match"
    case .ifNoneMatch: "If-None-Match"
    case .traceparent: "traceparent"
    case .tracestate: "tracestate"
    case .acceptEncoding: "Accept-Encoding"
    case .idempotencyKey: "Idempotency-Key"
    case .userAgent: "User-Agent"
    }
  }
}

/// A field line as ranges relative to the first byte of its head.
package struct FieldRange: Sendable {
  package var nameStart: UInt32
  package var valueStart: UInt32
  package var nameLength: UInt16
  package var valueLength: UInt16
}
