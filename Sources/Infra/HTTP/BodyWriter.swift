// The handler's side of a streamed answer, and of a connection that has left HTTP. Writing waits while the client is slow:
// what has not been sent never exceeds one block.
import Net

/// Writes the body of a streamed answer.
package struct BodyWriter: Sendable {
  let connection: Connection
  let head: IncomingHead
  let isChunked: Bool
  let encoder: GzipStream?

  /// Sends `bytes`; returns once they are on their way or in the connection's buffer.
  package func write(_ bytes: [UInt8]) async throws {
    guard !bytes.isEmpty else { return }
    try await connection.loop.run { try await connection.writePiece(bytes, head, isChunked, encoder) }
  }

  package func write(_ text: String) async throws { try await write(Array(text.utf8)) }
}

extension Response {
  /// A stream of server-sent events (the HTML standard, section 9.2).
  ///
  ///     .events { sink in try await sink.send("42", event: "answer") }
  package static func events(_ send: @escaping @Sendable (EventSink) async throws -> Void) -> Response {
    .stream(contentType: .eventStream) { writer in try await send(EventSink(writer: writer)) }
  }
}

/// Sends server-sent events.
package struct EventSink: Sendable {
  let writer: BodyWriter

  /// Sends one event. Line ends in `data` begin further `data` lines, as the format wants.
  package func send(_ data: String, event: String? = nil, id: String? = nil) async throws {
    var text = ""
    if let event { text += "event: \(Self.oneLine(event))\n" }
    if let id { text += "id: \(Self.oneLine(id))\n" }
    // The format ends lines with these three only; other separators of Unicode are data.
    let lines = data.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    for line in lines { text += "data: \(line)\n" }
    try await writer.write(text + "\n")
  }

  /// A comment, which keeps proxies from closing a quiet stream.
  package func keepAlive() async throws { try await writer.write(": \n\n") }

  private static func oneLine(_ text: String) -> String { text.filter { !$0.isNewline && $0 != "\0" } }
}

/// A connection that speaks another protocol after 101: its bytes, in both directions. Bytes that came behind the
/// request's head are read first. The connection is closed when the closure that was given this returns.
package struct UpgradedConnection: Sendable {
  let connection: Connection
  let head: IncomingHead

  package var eventLoop: EventLoop { connection.loop }
  package var peer: SocketAddress? { head.peer }

  /// The bytes that have arrived, at least one; nil when the peer has finished or the connection is gone. Waits without
  /// a limit: how long silence may last is for the protocol to say. One reader at a time.
  package func read() async throws -> [UInt8]? {
    try await connection.loop.run { try await connection.readUpgraded(head) }
  }

  /// Sends `bytes`, whole and in the order of the calls, whichever tasks they come from; waits while the peer is slow.
  package func write(_ bytes: [UInt8]) async throws {
    try await connection.loop.run { try await connection.writePiece(bytes, head, false) }
  }
}
