// gzip for answers, where the client takes it and the handler allows it (RFC 9110, sections 8.4 and 12.5.3).
//
// An answer is compressed only if its handler says so by `compressible()`. The length of a compressed text tells whether
// two of its parts are alike: where one part is a secret and the other comes from whoever made the request, it can be
// guessed from outside, TLS or not. Only the handler knows whether that is so.
import CZlib

/// What is compressed of the answers that allow it.
package struct CompressionOptions: Sendable, Equatable {
  /// Whole bodies below this size are sent as they are: gzip's own bytes would eat the gain.
  package var smallest = 1024
  /// Whole bodies above this size are sent as they are: compressing takes the loop from its other connections, about
  /// 20 ms for a megabyte.
  package var largest = 1024 * 1024
  /// Streams compressed at the same time on one loop, with 64 KB of memory each; further ones are sent as they are.
  package var streams = 256
  /// From 1, fast, to 9, small.
  package var level = 5

  package init() {}
}

extension Response {
  /// Allows gzip. Not for answers in which a secret stands beside something that the client, or whoever sent it here,
  /// can choose; nor for those whose ETag comes back in If-Match, since the tag of a compressed answer is weak.
  package func compressible() -> Response {
    var copy = self
    copy.mayBeCompressed = true
    return copy
  }

  /// Whether the coding is a matter of negotiation: its outcome then depends on `Accept-Encoding`.
  fileprivate func isNegotiable(_ options: CompressionOptions) -> Bool {
    guard mayBeCompressed, headers["Content-Encoding"] == nil, isCompressibleType else { return false }
    switch status {
    case .noContent, .notModified, .switchingProtocols, Status(rawValue: 206): return false
    default: break
    }
    switch body {
    case .bytes(let bytes): return bytes.count >= options.smallest && bytes.count <= options.largest
    case .stream: return true
    case .none, .upgrade: return false
    }
  }

  private var isCompressibleType: Bool {
    if let type = headers["Content-Type"] { return Self.isCompressible(type) }
    return switch contentType {
    case .json, .problem, .text, .html, .ndjson, .eventStream: true
    case .other(let type): Self.isCompressible(type)
    case .binary, nil: false
    }
  }

  private static func isCompressible(_ type: String) -> Bool {
    let name = type.prefix { $0 != ";" && $0 != " " }.lowercased()
    return name.hasPrefix("text/") || name.hasSuffix("+json") || name.hasSuffix("+xml")
      || ["application/json", "application/x-ndjson", "application/javascript", "application/xml"].contains(name)
  }

  /// The answer in the coding that the client prefers, with what caches have to know; 304 where the client has it.
  func negotiated(for head: IncomingHead, _ options: CompressionOptions, mayStream: Bool) -> Response {
    let unchanged = notModified(for: head)
    guard isNegotiable(options) else { return unchanged ?? self }
    var answer = unchanged ?? self
    answer.headers.add("Vary", "Accept-Encoding")
    guard ContentCoding.prefersGzip(head) else { return answer }
    switch answer.body {
    case .bytes(let bytes):
      guard let compressed = ContentCoding.gzip(bytes, Int32(options.level)), compressed.count < bytes.count else {
        return answer
      }
      answer.body = .bytes(compressed)
      answer.headers.add("Content-Encoding", "gzip")
    case .stream:
      guard mayStream else { return answer }
      answer.isEncodedHere = true
      answer.headers.add("Content-Encoding", "gzip")
    case .none, .upgrade: break
    }
    // The bytes are no longer those that a strong tag stands for (section 8.8.1).
    if let tag = headers["ETag"], !tag.hasPrefix("W/") { answer.headers.set("ETag", "W/" + tag) }
    return answer
  }
}

enum ContentCoding {
  static func prefersGzip(_ head: IncomingHead) -> Bool {
    guard head.has(.acceptEncoding) else { return false }
    return prefersGzip(Request(head).headers("Accept-Encoding"))
  }

  /// Whether the lines of `Accept-Encoding` want gzip at least as much as no coding.
  static func prefersGzip(_ lines: [String]) -> Bool {
    var gzip: Int?
    var identity: Int?
    var others: Int?
    for line in lines {
      for member in line.utf8.split(separator: 0x2c) {
        guard let (name, weight) = weighted(member) else { continue }
        switch name {
        case "gzip", "x-gzip": gzip = max(gzip ?? 0, weight)
        case "identity": identity = weight
        case "*": others = weight
        default: break
        }
      }
    }
    let wanted = gzip ?? others ?? 0
    // Without a word, no coding is acceptable but not asked for.
    return wanted > 0 && wanted >= identity ?? (gzip == nil ? 0 : others ?? 0)
  }

  /// The name in lower case and its weight in thousandths; nil where the member is malformed.
  private static func weighted(_ member: Substring.UTF8View) -> (name: String, weight: Int)? {
    let parts = member.split(separator: 0x3b, omittingEmptySubsequences: false).map(trimmed)
    guard let name = parts.first, !name.isEmpty else { return nil }
    guard parts.count > 1 else { return (name, 1000) }
    guard parts.count == 2, parts[1].hasPrefix("q=") else { return nil }
    let digits = Array(parts[1].utf8.dropFirst(2))
    guard let first = digits.first, first == 0x30 || first == 0x31, digits.count <= 5,
      digits.count < 2 || digits[1] == 0x2e
    else { return nil }
    var weight = first == 0x31 ? 1000 : 0
    var unit = 100
    for digit in digits.dropFirst(2) {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      weight += Int(digit - 0x30) * unit
      unit /= 10
    }
    return weight <= 1000 ? (name, weight) : nil
  }

  private static func trimmed(_ part: Substring.UTF8View) -> String {
    let begun = part.drop { $0 == 0x20 || $0 == 0x09 }
    let end = begun.lastIndex { $0 != 0x20 && $0 != 0x09 }
    return end.map { String(decoding: begun[...$0], as: UTF8.self).lowercased() } ?? ""
  }

  static func gzip(_ bytes: [UInt8], _ level: Int32) -> [UInt8]? {
    guard bytes.count <= Int(Int32.max) else { return nil }
    let bound = Int(witan_gzip_bound(UInt(bytes.count)))
    let compressed = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      count = bytes.withUnsafeBufferPointer {
        Int(witan_gzip_at($0.baseAddress, UInt($0.count), buffer.baseAddress, UInt(bound), level))
      }
    }
    return compressed.isEmpty ? nil : compressed
  }
}
