// The opening handshake of WebSocket (RFC 6455, section 4.2): from a GET request to the 101 that answers it.
import COpenSSL

/// What a server says about its WebSocket routes.
package struct WebSocketOptions: Sendable {
  package var limits = WebSocketLimits()
  /// Subprotocols spoken; the first of the client's that is among them is chosen.
  package var protocols: [String] = []
  /// Origins whose pages may connect; nil for all. A browser sends cookies with a handshake from any page, so a route
  /// that trusts cookies has to name them.
  package var origins: Set<String>?

  package init() {}
}

extension Response {
  /// Takes a request over into the WebSocket protocol, or throws what is wrong with it. `body` runs while the connection
  /// is open; when it returns, the connection is closed with 1000, and with 1011 when it throws.
  ///
  ///     router.get("/ws") { request in
  ///       try .webSocket(request) { socket in
  ///         while let message = try await socket.next() { try await socket.send(message) }
  ///       }
  ///     }
  package static func webSocket(
    _ request: Request, _ options: WebSocketOptions = .init(),
    _ body: @escaping @Sendable (WebSocket) async throws -> Void
  ) throws(Problem) -> Response {
    let accept = try WebSocketHandshake.accept(request, options)
    var headers = ResponseHeaders()
    headers.add("Sec-WebSocket-Accept", accept)
    let offered = WebSocketHandshake.members(request.headers("Sec-WebSocket-Protocol"))
    let chosen = offered.first { options.protocols.contains($0) }
    if let chosen { headers.add("Sec-WebSocket-Protocol", chosen) }
    return .upgrade(to: "websocket", headers: headers) { connection in
      await WebSocket(connection, options.limits, chosenProtocol: chosen).run(body)
    }
  }
}

enum WebSocketHandshake {
  private static let identifier = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

  /// What `Sec-WebSocket-Accept` has to say, or what is wrong.
  static func accept(_ request: Request, _ options: WebSocketOptions) throws(Problem) -> String {
    let upgrades = members(request.headers("Upgrade")).map { $0.lowercased() }
    let connection = members(request.headers("Connection")).map { $0.lowercased() }
    guard request.method == .get, request.minorVersion >= 1, upgrades.contains("websocket"),
      connection.contains("upgrade")
    else {
      throw upgradeRequired("this path speaks WebSocket only")
    }
    guard request.headers("Sec-WebSocket-Version") == ["13"] else {
      throw upgradeRequired("WebSocket is spoken in version 13 only")
    }
    guard request.body.announcedLength == 0 else {
      throw Problem(.badRequest, detail: "a WebSocket handshake has no body")
    }
    let keys = request.headers("Sec-WebSocket-Key")
    guard keys.count == 1, let key = keys.first, isKey(key) else {
      throw Problem(.badRequest, detail: "Sec-WebSocket-Key has to be 16 bytes in base64, once")
    }
    if let origins = options.origins, let origin = request.header(.origin), !origins.contains(origin) {
      throw Problem(.forbidden, detail: "pages of this origin may not connect")
    }
    return accept(key)
  }

  private static func upgradeRequired(_ detail: String) -> Problem {
    Problem(.upgradeRequired, detail: detail, headers: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"])
  }

  static func accept(_ key: String) -> String {
    let text = Array((key + identifier).utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    SHA1(text, text.count, &digest)
    var encoded = [UInt8](repeating: 0, count: 29)
    let count = EVP_EncodeBlock(&encoded, digest, 20)
    return String(decoding: encoded.prefix(Int(count)), as: UTF8.self)
  }

  /// 16 bytes in base64: 22 digits, the last of which stands for two bits, and two signs of padding.
  private static func isKey(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 24, bytes[22] == 0x3d, bytes[23] == 0x3d else { return false }
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    return bytes[..<22].allSatisfy { digits.contains($0) } && "AQgw".utf8.contains(bytes[21])
  }

  /// The members of lists, which may be spread over several lines (RFC 9110, section 5.6.1).
  static func members(_ lines: [String]) -> [String] {
    lines.flatMap { line in
      line.utf8.split(separator: 0x2c).compactMap { member in
        let trimmed = member.drop { $0 == 0x20 || $0 == 0x09 }
        let end = trimmed.lastIndex { $0 != 0x20 && $0 != 0x09 }
        return end.map { String(decoding: trimmed[...$0], as: UTF8.self) }
      }
    }
  }
}
