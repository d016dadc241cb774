// The laws of reading requests: how the bytes are cut changes nothing, what is read can be written out again and is read
// as the same, and nothing is taken for a body that was not framed as one.
import HTTP

/// Heads and bodies of whole messages. The first byte says where the input is cut.
@Sendable
func fuzzHTTPRequests(_ bytes: RawSpan) {
  guard bytes.byteCount > 1 else { return }
  let all = bytes.withUnsafeBytes { Array($0) }
  let message = Array(all.dropFirst())
  let step = Int(all[0]) + 1
  let whole = RequestReader.read(message)
  let cut = RequestReader.read(message, cuts: Array(stride(from: step, to: message.count, by: step)))
  // Which fault is found first may depend on the cut; that there is one may not.
  expect(whole.map(withoutStatus) == cut.map(withoutStatus), "cuts change nothing")
  for reading in whole {
    guard case .request(let method, let target, _, let keepAlive, let body) = reading else { continue }
    let written =
      "\(method) \(target) HTTP/1.1\r\nHost: a\r\nConnection: \(keepAlive ? "keep-alive" : "close")\r\n"
      + "Content-Length: \(body.count)\r\n\r\n"
    let again = RequestReader.read(Array(written.utf8) + body)
    expect(
      again == [.request(method: method, target: target, fields: 3, keepAlive: keepAlive, body: body)],
      "what is read can be written and read again")
  }
}

/// A chunked body: the input is what follows the head.
@Sendable
func fuzzHTTPChunks(_ bytes: RawSpan) {
  let head = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
  let body = bytes.withUnsafeBytes { Array($0) }
  let whole = RequestReader.read(head + body)
  let cuts = Array(head.count..<head.count + body.count)
  expect(whole == RequestReader.read(head + body, cuts: cuts), "byte by byte is the same")
  guard case .request(_, _, _, _, let content)? = whole.first else { return }
  expect(content.count < body.count, "content is shorter than its coding")
  let written = "\(String(content.count, radix: 16))\r\n"
  let ending = Array((content.isEmpty ? "" : "\r\n0\r\n").utf8) + Array("\r\n".utf8)
  let again = RequestReader.read(head + Array(written.utf8) + content + ending)
  expect(again.first == whole.first, "the same content in one chunk is the same request")
}

private func withoutStatus(_ reading: RequestReading) -> RequestReading {
  if case .refused = reading { return .refused(.badRequest) }
  return reading
}
