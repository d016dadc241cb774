// Framing in disguise: what one reader of a message might take for its length and another might not. Behind each lies a
// second request, which must never be answered.
import HTTP
import TestSupport
import Testing

@Suite struct SmugglingTests {
  /// Field lines that stand between a good `Host` and a body which fits both framings. Bytes above 127 are Latin-1.
  static let fields: [String] = [
    // Lengths that are none (RFC 9110, section 8.6: 1*DIGIT).
    "Content-Length: 3\r\nContent-Length: 4", "Content-Length: 4\r\nX: y\r\ncontent-length: 3", "Content-Length: 3, 4",
    "Content-Length: 3;a=b", "Content-Length: \"3\"", "Content-Length: 3.0", "Content-Length: 3e0",
    "Content-Length: 3a",
    "Content-Length: 1_0", "Content-Length: 3\0", "Content-Length: \u{0b}3", "Content-Length: 3\u{0c}",
    "Content-Length: \u{a0}3", "Content-Length: \u{b3}", "Content-Length: 18446744073709551619",
    "Content-Length: 4294967299999999999999", "Content-Length: \r\n 3", "Content-Length : 3", "Content-Length\t: 3",
    "Content-Length\u{0b}: 3", "Content-Length\0: 3", "Content-Length\u{ff}: 3", " Content-Length: 3",
    "\tContent-Length: 3",
    "Content Length: 3", "Content-Length 3", ":Content-Length: 3", "Content-Length: 3\r", "Content-Length: 3\n",
    // Codings that are not exactly chunked (RFC 9112, sections 6.1 and 7).
    "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity, chunked", "Transfer-Encoding: chunked, gzip",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    "Transfer-Encoding: chunkedx", "Transfer-Encoding: chunk", "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: 'chunked'", "Transfer-Encoding: ,chunked", "Transfer-Encoding: chunked;",
    "Transfer-Encoding: cow",
    "Transfer-Encoding: chunked\u{0b}", "Transfer-Encoding:\u{0c}chunked", "Transfer-Encoding: chunked\u{a0}",
    "Transfer-Encoding: chunked\u{ff}", "Transfer-Encoding: chunked\0", "Transfer-Encoding: chun\rked",
    "Transfer-Encoding: chun\nked", "Transfer-Encoding: chunked\r", "Transfer-Encoding:\r\n chunked",
    "Transfer-Encoding: chunked\r\n , identity", "Transfer-Encoding: \r\n\tchunked",
    "X: y\r\n Transfer-Encoding: chunked",
    "Transfer-Encoding : chunked", "Transfer-Encoding\0: chunked", " Transfer-Encoding: chunked",
    "Transfer Encoding: chunked", "Transfer-Encoding\u{ff}: chunked", "X: y\nTransfer-Encoding: chunked",
    "X: y\rTransfer-Encoding: chunked", "X: y\r\rTransfer-Encoding: chunked", "\u{0b}Transfer-Encoding: chunked",
    // Both at once, whichever comes first and whatever the other says.
    "Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 0",
    "Content-Length: 0\r\nTransfer-Encoding: identity", "TRANSFER-ENCODING: Chunked\r\nCONTENT-LENGTH: 3",
    // Hosts: which of two, or what it is, must not be a matter of opinion.
    "Host: b", "host: a", "X: y\r\n Host: b", "Host : b",
  ]

  @Test func `A length in disguise is refused, and what hides behind it is never answered`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      for field in Self.fields {
        let message =
          "POST / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /waiting HTTP/1.1\r\nHost: a\r\n\r\n"
        let bytes = message.unicodeScalars.map { UInt8($0.value) }
        // Whole, and with each byte by itself.
        for pieces in [[bytes], bytes.map { [$0] }] {
          var connection = try RawConnection(port: service.port)
          // The refusal may come, and the connection end, before all is sent.
          for piece in pieces { guard (try? connection.send(piece)) != nil else { break } }
          let all = String(decoding: try connection.readToEnd(), as: UTF8.self)
          #expect(all.hasPrefix("HTTP/1.1 400 "), "\(field.debugDescription)")
          #expect(all.components(separatedBy: "HTTP/1.1 ").count == 2, "\(field.debugDescription)")
        }
      }
    }
  }

  /// Chunks that another reader might make something of.
  @Test func `A chunk in disguise is refused, and what hides behind it is never answered`() async throws {
    let bodies = [
      "3\r\nabc0\r\n\r\n", "3\rabc\r\n0\r\n\r\n", "3\r\nabc\r0\r\n\r\n", "4\r\nabc\r\n0\r\n\r\n",
      "2\r\nabc\r\n0\r\n\r\n",
      "10000000000000003\r\nabc\r\n0\r\n\r\n", "ffffffffffffffff\r\nabc\r\n", "8000000000000003\r\nabc\r\n0\r\n\r\n",
      "3;a\rb\r\nabc\r\n0\r\n\r\n", "3;a=\0\r\nabc\r\n0\r\n\r\n", "3;a=\u{01}\r\nabc\r\n0\r\n\r\n",
      "3 a\r\nabc\r\n0\r\n\r\n",
      "3,3\r\nabc\r\n0\r\n\r\n", "3_\r\nabc\r\n0\r\n\r\n", "3\u{0b}\r\nabc\r\n0\r\n\r\n", "\u{b3}\r\nabc\r\n0\r\n\r\n",
      "3h\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\n\r\n", "3\r\nabc\r\n0\r\n\n", "3\r\nabc\r\n0\r\nX: y\n\r\n",
      "3\r\nabc\r\n0\r\nX : y\r\n\r\n", "3\r\nabc\r\n0\r\nX\r\n\r\n", "3\r\nabc\r\n-0\r\n\r\n",
      "3\r\nabc\r\n\r\n0\r\n\r\n",
    ]
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      for body in bodies {
        var connection = try RawConnection(port: service.port)
        let message =
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n"
        try connection.send(message.unicodeScalars.map { UInt8($0.value) })
        let all = String(decoding: try connection.readToEnd(), as: UTF8.self)
        #expect(all.hasPrefix("HTTP/1.1 400 "), "\(body.debugDescription)")
        #expect(all.components(separatedBy: "HTTP/1.1 ").count == 2, "\(body.debugDescription)")
      }
    }
  }

  /// The fields of a trailer section are no fields of the message (RFC 9110, section 6.5.1), least of all these.
  @Test func `Trailers frame nothing`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      for trailer in ["Content-Length: 50", "Transfer-Encoding: chunked", "Host: b", "Connection: close"] {
        var connection = try RawConnection(port: service.port)
        try connection.send(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\(trailer)\r\n\r\n")
        let first = try connection.answer()
        #expect(first.status == 200 && first.text == "abc", "\(trailer)")
        #expect(try connection.get("/waiting").text == "waited", "\(trailer)")
      }
    }
  }
}
