// The server's reading of bytes against the reference's, over random mutations of messages good and bad.
import HTTP
import TestSupport
import Testing

@Suite struct GrammarTests {
  private static let messages = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /a/b.c?d=e&f HTTP/1.1\r\nHost: example.com:80\r\nAccept: */*\r\nX-Empty:\r\n\r\n",
    "GET http://a.b/c?d HTTP/1.1\r\nHost: x\r\nConnection: close, x\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
    "GET /%41%c3%a4/.b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
    "PUT /p HTTP/1.1\r\nhost:\ta \r\ntransfer-encoding: Chunked\r\n\r\n3\r\nabc\r\n0a;x=y;z\r\n0123456789\r\n0\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 ; q = \"\\\"v\" \r\na\r\n0\r\nT: u\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;q=\"v\"\r\na\r\n0\r\nT: u\r\nV:\r\n\r\n",
    "HEAD /long HTTP/1.1\r\nHost: a\r\nUser-Agent: Mozilla/5.0 (X11; Linux) \u{e9}\u{ff} tail of the value\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ]

  /// Pieces that matter to the grammar.
  private static let pieces = [
    "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", "\0", "\u{7f}", "\u{80}", "\u{ff}", "%", "%2f", "%00", "..", "/",
    "?", "#",
    "*", ";", "=", "\"", "\\", ",", "0", "1", "a", "-1", "+", "0x", "HTTP/1.1", "HTTP/1.0", "http/1.1", "Host: a\r\n",
    "Content-Length: 1\r\n", "Content-Length", "Transfer-Encoding: chunked\r\n", "chunked", "Connection: close\r\n",
    "Connection: keep-alive\r\n", "Expect: 100-continue\r\n", "GET", "POST", "[", "]", "@", "_", "~", "0\r\n\r\n",
  ]

  @Test(arguments: 0..<12)
  func `Mutated messages are read as the reference reads them, however they are cut`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var (accepted, refused) = (0, 0)
    for _ in 0..<3000 {
      var bytes = Self.bytes(Self.messages.randomElement(using: &random)!)
      if Bool.random(using: &random) { bytes += Self.bytes(Self.messages.randomElement(using: &random)!) }
      for _ in 0..<Int.random(in: 0...4, using: &random) { Self.mutate(&bytes, &random) }
      let cuts = (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: 0...bytes.count, using: &random)
      }
      let expected = ReferenceGrammar.read(bytes)
      if expected.contains(.refused) { refused += 1 } else { accepted += 1 }
      let found = RequestReader.read(bytes, cuts: cuts).map(Self.plain)
      #expect(found == expected, "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription) at \(cuts)")
    }
    // The mutations leave enough of both kinds.
    #expect(accepted > 500 && refused > 500, "\(accepted) accepted, \(refused) refused")
  }

  private static func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

  private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    let place = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 0...6, using: &random))
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes.insert(contentsOf: Self.bytes(pieces.randomElement(using: &random)!), at: place)
    case 1: bytes.replaceSubrange(place..<end, with: Self.bytes(pieces.randomElement(using: &random)!))
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &random)
    case 5 where place < bytes.count: bytes[place] ^= 0x20
    default: break
    }
  }

  private static func plain(_ reading: RequestReading) -> ReferenceReading {
    switch reading {
    case .request(let method, let target, let fields, let keepAlive, let body):
      .request(method: method, target: target, fields: fields, keepAlive: keepAlive, body: body)
    case .refused: .refused
    }
  }
}
