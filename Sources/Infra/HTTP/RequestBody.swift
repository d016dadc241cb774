// A request's body, read only when a handler asks: whole within a limit, piece by piece, or line by line. While nobody
// asks, nothing is read from the socket, so the client feels the back-pressure.
import Locking
import Net

/// A body that was read before the handler asked for it. Given out once, as one that comes over the wire is.
final class HeldBody: Sendable {
  let count: Int
  private let bytes: Locked<[UInt8]?>

  init(_ bytes: [UInt8]) {
    count = bytes.count
    self.bytes = Locked(bytes)
  }

  func take() -> [UInt8]? {
    bytes.withLock { bytes in
      let taken = bytes
      bytes = nil
      return taken
    }
  }

  func take(limit: Int?) throws(BodyError) -> [UInt8] {
    if let limit, count > limit { throw .tooLarge(limit: limit) }
    return take() ?? []
  }
}

/// The body of a request.
///
///     let bytes = try await request.body.whole(limit: 65_536)
///     for try await line in request.body.lines { … }
package struct RequestBody: Sendable {
  let head: IncomingHead
  var held: HeldBody?

  /// The length that was announced; nil for a chunked body.
  package var announcedLength: Int? {
    if let held { return held.count }
    return switch head.framing {
    case .none: 0
    case .length(let length): length
    case .chunked: nil
    }
  }

  /// All of it, at most `limit` bytes (the route's or the server's limit when nil): `BodyError.tooLarge` beyond.
  package func whole(limit: Int? = nil) async throws -> [UInt8] {
    if let held { return try held.take(limit: limit) }
    return try await onLoop { try await $0.wholeBody(head, limit) }
  }

  /// Calls `body` with all of it. When it came in one piece together with the head, which is the rule for small bodies,
  /// nothing is copied.
  package func withWhole<Value: Sendable>(
    limit: Int? = nil, _ body: @Sendable (RawSpan) throws -> Value
  ) async throws -> Value {
    if let held {
      let bytes = try held.take(limit: limit)
      return try body(bytes.span.bytes)
    }
    if let loop = head.loop, loop.isCurrent, let value = try head.connection?.useBodyAtHand(head, limit, body) {
      return value
    }
    return try await onLoop { try await $0.withWholeBody(head, limit, body) }
  }

  /// The next piece, or nil at the end.
  package func next() async throws -> [UInt8]? {
    if let held { return held.take() }
    return try await onLoop { try await $0.nextBodyPiece(head) }
  }

  /// The next piece if it has come already; nil where it would have to be waited for, and at the end.
  package func nextAtHand() async throws -> [UInt8]? {
    if let held { return held.take() }
    return try await onLoop { try $0.bodyPieceAtHand(head) }
  }

  /// The pieces as they arrive.
  package var pieces: Pieces { Pieces(body: self) }

  /// The lines of an NDJSON body, each at most the server's `lineBytes` long; empty ones are left out.
  package var lines: Lines { Lines(body: self) }

  /// The trailer section as it came, once the body has been read to its end.
  package var trailers: String { String(decoding: head.trailers, as: UTF8.self) }

  /// What belongs to the connection is touched on its loop only, whatever task asks.
  private func onLoop<Value: Sendable>(
    _ body: @Sendable (Connection) async throws -> Value
  ) async throws -> Value {
    guard let loop = head.loop else { throw BodyError.over }
    return try await loop.run {
      guard let connection = head.connection else { throw BodyError.over }
      return try await body(connection)
    }
  }

  package struct Pieces: AsyncSequence, Sendable {
    let body: RequestBody

    package struct Iterator: AsyncIteratorProtocol {
      let body: RequestBody
      package mutating func next() async throws -> [UInt8]? { try await body.next() }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(body: body) }
  }

  package struct Lines: AsyncSequence, Sendable {
    let body: RequestBody
    /// Another limit than the server's.
    package var limit: Int?

    package struct Iterator: AsyncIteratorProtocol {
      let body: RequestBody
      let limit: Int
      private var buffer: [UInt8] = []
      private var begin = 0
      private var searched = 0
      private var ended = false

      init(body: RequestBody, limit: Int) {
        self.body = body
        self.limit = limit
      }

      package mutating func next() async throws -> [UInt8]? {
        while true {
          if let line = try takeLine() {
            if line.isEmpty { continue }
            return line
          }
          if ended { return nil }
          buffer.removeSubrange(..<begin)
          searched -= begin
          begin = 0
          if let piece = try await body.next() { buffer.append(contentsOf: piece) } else { ended = true }
        }
      }

      /// The next line without its end, or nil when it is not whole yet. The last one needs no line feed.
      private mutating func takeLine() throws(BodyError) -> [UInt8]? {
        while searched < buffer.count, buffer[searched] != 0x0a { searched += 1 }
        guard searched - begin <= limit else { throw .lineTooLong(limit: limit) }
        let found = searched < buffer.count
        guard found || (ended && begin < buffer.count) else { return nil }
        var end = searched
        if end > begin, buffer[end - 1] == 0x0d { end -= 1 }
        defer {
          if found { searched += 1 }
          begin = searched
        }
        return Array(buffer[begin..<end])
      }
    }

    package func makeAsyncIterator() -> Iterator {
      Iterator(body: body, limit: limit ?? body.head.lineLimit)
    }
  }
}
