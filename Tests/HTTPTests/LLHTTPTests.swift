// The server against the cases of llhttp.
import HTTP
import TestSupport
import Testing

@Suite(.enabled(if: Fixtures.present("vectors/llhttp"))) struct LLHTTPTests {
  /// Accepted by llhttp, refused here, and why.
  private static let stricter = [
    "No HTTP version": "HTTP/0.9 is not spoken",
    "Fragment in URI": "a fragment is no part of a target (RFC 9112, section 3.2)",
    "`host:port` and basic auth": "user information in a target is an error (RFC 9110, section 4.2.4)",
    "SOURCE request with ICE": "another protocol",
    "OPTIONS request with RTSP": "another protocol",
    "ANNOUNCE request with RTSP": "another protocol",
    "POST with `chunked` as last transfer-encoding": "no other coding is known",
    "POST with `chunked` as last transfer-encoding (multiple headers)": "no other coding is known",
  ]

  @Test func `What llhttp refuses in strict mode is refused`() async throws {
    let cases = try LLHTTPCase.all().filter { $0.isStrict && $0.isRefused }
    #expect(cases.count > 40)
    for each in cases {
      let status = try await firstStatus(of: each.bytes)
      #expect(status >= 400, "\(each): \(status)")
    }
  }

  @Test func `What llhttp accepts is accepted once it has a Host`() async throws {
    let cases = try LLHTTPCase.all().filter { $0.isStrict && !$0.isRefused && $0.log.contains("message complete") }
    #expect(cases.count > 60)
    for each in cases {
      let status = try await firstStatus(of: withHost(each.bytes))
      let isRefused = [400, 414, 431, 505].contains(status)
      #expect(isRefused == (Self.stricter[each.title] != nil), "\(each): \(status)")
    }
  }

  /// Sends the bytes, says that there are no more, and returns the status of the first answer; 0 where there is none.
  private func firstStatus(of bytes: [UInt8]) async throws -> Int {
    var router = Router()
    for method in Method.allCases {
      router.on(method, "/{rest...}") { request in
        _ = try await request.body.whole()
        return .text("read")
      }
    }
    return try await Service.run(options: Service.options(), router: router) { service in
      var connection = try RawConnection(port: service.port)
      try connection.send(bytes)
      connection.finishSending()
      let answer = String(decoding: try connection.readToEnd(), as: UTF8.self)
      return answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
  }

  /// Every head gets a Host in front of its first field, unless it has one.
  private func withHost(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var text = String(bytes.map { Character(UnicodeScalar($0)) })
    if text.lowercased().contains("\r\nhost:") { return bytes }
    text = text.replacing(/( HTTP\/1\.[01]\r\n)/) { "\($0.output.1)Host: a\r\n" }
    result = text.unicodeScalars.map { UInt8($0.value) }
    return result
  }
}
