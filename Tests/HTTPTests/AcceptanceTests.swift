// Odd messages that have exactly one reading all the same: the standards allow them, so they are answered.
import HTTP
import Locking
import TestSupport
import Testing

@Suite struct AcceptanceTests {
  private static let accepted: [(what: String, message: String)] = [
    ("a higher minor version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    ("empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("an empty value", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \t \r\n\r\n"),
    ("obs-text in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{e9}\u{ff}\r\n\r\n"),
    ("a tab in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\tb\r\n\r\n"),
    ("an odd but lawful name", "GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~0: a\r\n\r\n"),
    ("a Host in capitals", "GET / HTTP/1.1\r\nHOST:A\r\n\r\n"),
    ("an IPv6 Host", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n"),
    ("an IPv6 Host that ends in IPv4", "GET / HTTP/1.1\r\nHost: [::ffff:192.0.2.1]\r\n\r\n"),
    ("a Host of a later address version", "GET / HTTP/1.1\r\nHost: [v1f.a:b]\r\n\r\n"),
    ("an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"),
    ("a target with another authority than Host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a target without a path", "GET http://b?x HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a scheme in capitals", "GET HTTP://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n"),
    ("an upgrade that nobody offers", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
    ("an expectation of HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na"),
    ("a length with zeros in front", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0001\r\n\r\na"),
    ("a body that GET has", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na"),
    ("a coding with white space round it", coded("\t chunked \t", "1\r\na\r\n0\r\n\r\n")),
    ("a coding in capitals", coded("CHUNKED", "1\r\na\r\n0\r\n\r\n")),
    ("zeros before a chunk size", coded("chunked", "0001\r\na\r\n000\r\n\r\n")),
    ("extensions of chunks", coded("chunked", "1;a;b=c ; d = \"e\\\"\\\\;\t\"\r\na\r\n0;z=\"\"\r\n\r\n")),
    ("trailers that would frame", coded("chunked", "1\r\na\r\n0\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n")),
    ("several Accepts", "GET / HTTP/1.1\r\nHost: a\r\nAccept: a/b\r\nAccept: c/d\r\n\r\n"),
    ("an empty query", "GET /? HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("two question marks", "GET /?a?b HTTP/1.1\r\nHost: a\r\n\r\n"),
  ]

  private static func coded(_ coding: String, _ body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\(coding)\r\n\r\n" + body
  }

  @Test func `Each of these is answered, and so is what follows it`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      for each in Self.accepted {
        var connection = try RawConnection(port: service.port)
        try connection.send(each.message.unicodeScalars.map { UInt8($0.value) })
        #expect(try connection.answer().status == 200, "\(each.what)")
        if each.message.contains("HTTP/1.0") { continue }
        #expect(try connection.get("/").text == "ok", "\(each.what)")
      }
    }
  }

  @Test func `Close wins over whatever else Connection says, in any line`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      for fields in ["Connection: keep-alive, CLOSE\r\n", "Connection: close\r\nConnection: keep-alive\r\n"] {
        var connection = try RawConnection(port: service.port)
        #expect(try connection.get("/", fields)["Connection"] == "close")
        #expect(try connection.readToEnd().isEmpty)
      }
    }
  }

  @Test func `A trace is continued with its state, and one that is told twice begins anew`() async throws {
    let seen = Locked<[RequestSpan]>([])
    var router = Router()
    router.immediately(.get, "/") { request in
      seen.withLock { $0.append(request.trace) }
      return .text("ok")
    }
    let trace = "0af7651916cd43dd8448eb211c80319c"
    let parent = "traceparent: 00-\(trace)-b7ad6b7169203331-01\r\n"
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      _ = try connection.get("/", parent + "tracestate: a=1, b=2\r\ntracestate: c=3\r\n")
      _ = try connection.get("/", parent + parent)
      _ = try connection.get("/", "tracestate: a=1\r\n")
      _ = try connection.get("/", parent + "tracestate: a=1,a=2\r\n")
    }
    let spans = seen.withLock { $0 }
    #expect(spans[0].traceID == trace && spans[0].caller?.span.description == "b7ad6b7169203331")
    #expect(spans[0].own.state.text == "a=1,b=2,c=3" && spans[0].own.span != spans[0].caller?.span)
    for span in spans[1...2] { #expect(span.traceID != trace && span.caller == nil && span.own.state.isEmpty) }
    #expect(spans[3].traceID == trace && spans[3].own.state.isEmpty)
    #expect(Set(spans.map(\.spanID)).count == 4)
  }
}
