// What must never be taken for a request: exactly one framing, or 400 and the end of the connection.
import HTTP
import TestSupport
import Testing

@Suite struct RefusalTests {
  static let refused: [(what: String, status: Int, message: String)] = [
    (
      "both framings", 400,
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    ("two lengths", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"),
    ("a list of lengths", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na"),
    ("a signed length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na"),
    ("a negative length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\na"),
    ("a hexadecimal length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na"),
    ("a length with a space inside", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 1\r\n\r\na"),
    ("an empty length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"),
    ("a length too long", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\n"),
    ("a coding before chunked", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("chunked not last", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    (
      "chunked twice", 400,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
    ),
    ("identity", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"),
    ("an unknown coding", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"),
    ("an empty coding", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n"),
    ("a coding with a control byte", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u{0b}chunked\r\n\r\n"),
    ("chunks in HTTP/1.0", 400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
    ("two Hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    ("an empty Host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    ("a Host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    ("a Host with a user", 400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    ("a Host with a space", 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    ("a Host with a bad port", 400, "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
    ("a Host with two ports", 400, "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"),
    ("a Host with half an IPv6 address", 400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
    ("a Host that is no IPv6 address", 400, "GET / HTTP/1.1\r\nHost: [1:2]\r\n\r\n"),
    ("a Host with two gaps", 400, "GET / HTTP/1.1\r\nHost: [1::2::3]\r\n\r\n"),
    ("a Host with a zone", 400, "GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]\r\n\r\n"),
    ("a Host with text behind the bracket", 400, "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n"),
    ("a Host of no address version", 400, "GET / HTTP/1.1\r\nHost: [v.a]\r\n\r\n"),
    ("a bad Host beside an absolute target", 400, "GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n"),
    ("an absolute target without Host", 400, "GET http://b/ HTTP/1.1\r\n\r\n"),
    ("an absolute target without an authority", 400, "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("the asterisk with a query", 400, "OPTIONS *?a HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("two Authorizations", 400, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nauthorization: x\r\n\r\n"),
    ("two Content-Types", 400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n\r\n"),
    ("two Origins", 400, "GET / HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nX: y\r\nOrigin: http://a\r\n\r\n"),
    ("two Idempotency-Keys", 400, "GET / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n"),
    ("two expectations", 417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\nContent-Length: 1\r\n\r\na"),
    ("an empty expectation", 417, "POST / HTTP/1.1\r\nHost: a\r\nExpect:\r\nContent-Length: 1\r\n\r\na"),
    ("a long unknown method", 501, "\(String(repeating: "A", count: 60)) / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a method that does not end", 501, String(repeating: "A", count: 9000)),
    ("a method in lower case", 501, "get / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("HTTP/0.9 by name", 505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"),
    ("a method with parentheses", 400, "GET() / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("CONNECT", 501, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
    ("a list with an empty coding", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"),
    ("a coding with a parameter", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
    ("a space before the colon", 400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
    ("a tab before the colon", 400, "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"),
    ("folding", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n"),
    ("folding of the first line", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    ("a line without a colon", 400, "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"),
    ("an empty name", 400, "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"),
    ("a control byte in a name", 400, "GET / HTTP/1.1\r\nHost: a\r\nX\u{01}: x\r\n\r\n"),
    ("a NUL in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
    ("a DEL in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{7f}b\r\n\r\n"),
    ("a bare CR in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"),
    ("bare LFs", 400, "GET / HTTP/1.1\nHost: a\n\n"),
    ("a bare LF at the end", 400, "GET / HTTP/1.1\r\nHost: a\r\n\n"),
    ("a bare CR without any LF", 400, "GET / HTTP/1.1\rHost: a\r\r"),
    ("CR CR LF", 400, "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
    ("two spaces", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a tab for a space", 400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a space at the end of the line", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
    ("a space before the method", 400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("no target", 400, "GET HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("no version", 400, "GET /\r\nHost: a\r\n\r\n"),
    ("a version in lower case", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"),
    ("a version of three digits", 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
    ("another version", 505, "GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
    ("a relative target", 400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a fragment", 400, "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a byte above 127 in the target", 400, "GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("the asterisk for GET", 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("another scheme", 400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a user in the target", 400, "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("TLS", 400, "\u{16}\u{03}\u{01}\u{02}\0"),
    ("a chunk size with 0x", 400, chunked("0x1\r\na\r\n0\r\n\r\n")),
    ("a signed chunk size", 400, chunked("+1\r\na\r\n0\r\n\r\n")),
    ("a negative chunk size", 400, chunked("-1\r\na\r\n0\r\n\r\n")),
    ("a chunk size too long", 400, chunked("00000000000000001\r\na\r\n0\r\n\r\n")),
    ("a space before a chunk size", 400, chunked(" 1\r\na\r\n0\r\n\r\n")),
    ("a space after a chunk size", 400, chunked("1 \r\na\r\n0\r\n\r\n")),
    ("an empty chunk size", 400, chunked("\r\na\r\n0\r\n\r\n")),
    ("LF after a chunk size", 400, chunked("1\na\r\n0\r\n\r\n")),
    ("LF after chunk data", 400, chunked("1\r\na\n0\r\n\r\n")),
    ("chunk data too long", 400, chunked("1\r\nab\r\n0\r\n\r\n")),
    ("an LF in an extension", 400, chunked("1;a\n=b\r\na\r\n0\r\n\r\n")),
    ("an empty extension", 400, chunked("1;\r\na\r\n0\r\n\r\n")),
    ("an unfinished quote", 400, chunked("1;a=\"b\r\na\r\n0\r\n\r\n")),
    ("a bad trailer name", 400, chunked("0\r\na b: c\r\n\r\n")),
    ("a folded trailer", 400, chunked("0\r\na: b\r\n c\r\n\r\n")),
    ("a bare CR in a trailer", 400, chunked("0\r\na: b\rc\r\n\r\n")),
  ]

  private static func chunked(_ body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body
  }

  @Test func `Each of these is refused, alone on the wire, and the connection ends`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      for each in Self.refused {
        var connection = try RawConnection(port: service.port)
        try connection.send(each.message.unicodeScalars.map { UInt8($0.value) })
        let answer = try connection.answer()
        #expect(answer.status == each.status, "\(each.what)")
        #expect(answer["Connection"] == "close", "\(each.what)")
        #expect(try connection.readToEnd().isEmpty, "\(each.what)")
      }
    }
  }

  @Test func `A smuggled request behind a refused one is never answered`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      for each in Self.refused where each.message.hasSuffix("\r\n\r\n") {
        var connection = try RawConnection(port: service.port)
        try connection.send(
          each.message.unicodeScalars.map { UInt8($0.value) } + Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        let all = String(decoding: try connection.readToEnd(), as: UTF8.self)
        #expect(all.components(separatedBy: "Date: ").count == 2, "\(each.what)")
      }
    }
  }

  @Test func `Past a limit comes its status, and then the end`() async throws {
    let options = Service.options { limits in
      limits.headerBytes = 2000
      limits.headerCount = 10
      limits.targetLength = 100
      limits.bodyBytes = 1000
      limits.lineBytes = 50
      limits.chunkExtensionBytes = 100
    }
    let many = String(repeating: "X: 1\r\n", count: 11)
    let long = String(repeating: "a", count: 3000)
    let messages: [(Int, String)] = [
      (414, "GET /\(long.prefix(120)) HTTP/1.1\r\nHost: a\r\n\r\n"), (414, "GET /\(long)"),
      (431, "GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n"), (431, "GET / HTTP/1.1\r\nHost: a\r\nX: \(long)"),
      (431, "GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n"),
      (413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"),
      (413, Self.chunked("3e9\r\n\(long.prefix(1001))\r\n0\r\n\r\n")),
      (400, Self.chunked("1;\(long.prefix(101))\r\na\r\n0\r\n\r\n")),
      (400, Self.chunked("0\r\n\(many)\r\n")), (400, Self.chunked("0\r\nX: \(long)\r\n\r\n")),
      (413, "POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: 51\r\n\r\n" + long.prefix(51)),
    ]
    try await Service.run(options: options) { (service: Service) async throws in
      for (status, message) in messages {
        var connection = try RawConnection(port: service.port)
        try connection.send(message)
        let answer = try connection.answer()
        #expect(answer.status == status, "\(message.prefix(60))")
        #expect(answer["Connection"] == "close", "\(message.prefix(60))")
      }
    }
  }
}
