// gzip by negotiation, undone by Python's own gzip.
import Foundation
import Net
import TestSupport
import Testing

@testable import HTTP

@Suite struct CompressionTests {
  @Test func `Accept-Encoding is read with its weights`() {
    for (lines, expected) in [
      (["gzip"], true), (["GZIP"], true), (["x-gzip"], true), (["deflate, gzip;q=0.5"], true), (["br", "gzip"], true),
      (["*"], true), (["*;q=0.1"], true), (["identity;q=0, *"], true), (["gzip ; q=1.000 , br"], true),
      (["gzip;q=0.5, identity;q=0.5"], true), (["gzip;Q=0.5"], true), ([], false), ([""], false),
      (["identity"], false), (["br"], false), (["gzip;q=0"], false), (["gzip;q=0.000"], false),
      (["*, gzip;q=0"], false), (["*;q=0"], false), (["gzip;q=0.5, identity"], false), (["gzip;q=0.5, *"], false),
      (["gzip;q=2"], false), (["gzip;q=0.1234"], false), (["gzip;q="], false), (["gzip;a=b"], false),
      (["gzip;q=1.001"], false), ([",,gzip"], true),
    ] {
      #expect(ContentCoding.prefersGzip(lines) == expected, "\(lines)")
    }
  }

  @Test func `Only answers that allow it are compressed, when they are large enough and of a fitting type`()
    async throws
  {
    try await Service.run(options: Service.options(), router: router()) { (service: Service) async throws in
      for path in ["/text", "/json", "/tagged", "/stream", "/other"] {
        let plain = try request("GET", path, port: service.port)
        #expect(plain["Content-Encoding"] == nil && plain["Vary"] == "Accept-Encoding", "\(path)")
        let answer = try request("GET", path, port: service.port, fields: ["Accept-Encoding": "gzip"])
        #expect(answer["Content-Encoding"] == "gzip" && answer["Vary"] == "Accept-Encoding", "\(path)")
        #expect(answer.body.count < plain.body.count / 3)
        #expect(try await unzipped(answer.body) == plain.body)
        let head = try request("HEAD", path, port: service.port, fields: ["Accept-Encoding": "gzip"])
        #expect(head["Content-Encoding"] == "gzip" && head["Content-Length"] == answer["Content-Length"])
      }
      for path in ["/secret", "/image", "/encoded"] {
        let answer = try request("GET", path, port: service.port, fields: ["Accept-Encoding": "gzip"])
        #expect(answer["Content-Encoding"] != "gzip" && answer["Vary"] == nil, "\(path)")
      }
      for path in ["/small", "/huge", "/noise"] {
        let answer = try request("GET", path, port: service.port, fields: ["Accept-Encoding": "gzip"])
        #expect(answer["Content-Encoding"] == nil, "\(path)")
      }
    }
  }

  @Test func `The tag of a compressed answer is weak, and still spares the client what it has`() async throws {
    try await Service.run(options: Service.options(), router: router()) { (service: Service) async throws in
      #expect(try request("GET", "/tagged", port: service.port)["ETag"] == "\"v1\"")
      let answer = try request("GET", "/tagged", port: service.port, fields: ["Accept-Encoding": "gzip"])
      #expect(answer["ETag"] == "W/\"v1\"")
      for path in ["/tagged", "/tagged-stream"] {
        for tag in ["W/\"v1\"", "\"v1\""] {
          var connection = try RawConnection(port: service.port)
          let unchanged = try connection.get(path, "Accept-Encoding: gzip\r\nIf-None-Match: \(tag)\r\n")
          #expect(unchanged.status == 304 && unchanged["Vary"] == "Accept-Encoding" && unchanged["ETag"] == "W/\"v1\"")
          #expect(unchanged["Content-Encoding"] == nil)
          // Nothing of a body follows.
          #expect(try connection.get("/").text == "ok")
        }
      }
    }
  }

  @Test func `Pieces of a compressed stream can be read as they come`() async throws {
    let (pieces, feed) = AsyncStream<String>.makeStream()
    var router = Service.echo()
    router.get("/live") { _ in
      .stream(contentType: .ndjson) { writer in for await piece in pieces { try await writer.write(piece) } }
        .compressible()
    }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      let script = """
        import socket, sys, zlib
        s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=20)
        s.sendall(b'GET /live HTTP/1.0\\r\\nAccept-Encoding: gzip\\r\\n\\r\\n')
        d = zlib.decompressobj(31)
        data = b''
        while b'\\r\\n\\r\\n' not in data: data += s.recv(1)
        for line in ('first', 'second'):
          text = b''
          while not text.endswith(b'\\n'): text += d.decompress(s.recv(65536))
          print(text.decode(), end='', flush=True)
        while not d.eof: d.decompress(s.recv(65536))
        assert s.recv(1) == b''
        print('end')
        """
      let client = try RunningProcess(path: "/usr/bin/python3", ["-c", script, "\(service.port)"])
      feed.yield("first\n")
      try await client.waitForOutput("first")
      feed.yield("second\n")
      try await client.waitForOutput("second")
      feed.finish()
      #expect(try await client.waitForExit() == 0, "\(client.standardError)")
    }
  }

  @Test func `Streams beyond the limit are sent as they are`() async throws {
    var options = Service.options()
    options.compression?.streams = 0
    try await Service.run(options: options, router: router()) { (service: Service) async throws in
      let answer = try request("GET", "/stream", port: service.port, fields: ["Accept-Encoding": "gzip"])
      #expect(answer["Content-Encoding"] == nil && answer.text.hasPrefix("line 0\nall the same"))
    }
    options.compression = nil
    try await Service.run(options: options, router: router()) { (service: Service) async throws in
      #expect(
        try request("GET", "/text", port: service.port, fields: ["Accept-Encoding": "gzip"])["Content-Encoding"] == nil)
    }
  }

  private func router() -> Router {
    let text = String(repeating: "all the same ", count: 1000)
    let bytes = Array(text.utf8)
    var generator = SeededGenerator(seed: 1)
    let noise = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    var router = Router()
    router.immediately(.get, "/") { _ in .text("ok") }
    router.immediately(.get, "/text") { _ in Response.text(text).compressible() }
    router.get("/json") { _ in Response.json(bytes).compressible() }
    router.get("/tagged") { _ in Response.text(text).tagged(EntityTag("v1")).compressible() }
    router.get("/tagged-stream") { _ in
      Response.stream(contentType: .text) { writer in try await writer.write(text) }.tagged(EntityTag("v1"))
        .compressible()
    }
    router.get("/stream") { _ in
      Response.stream(contentType: .text) { writer in
        for number in 0..<5 { try await writer.write("line \(number)\n" + text) }
      }.compressible()
    }
    router.get("/other") { _ in
      Response(.ok, contentType: .other("application/ld+json; charset=utf-8"), body: bytes).compressible()
    }
    router.get("/secret") { _ in .text(text) }
    router.get("/image") { _ in Response(.ok, contentType: .other("image/png"), body: bytes).compressible() }
    router.get("/encoded") { _ in Response.text(text).with("Content-Encoding", "br").compressible() }
    router.get("/small") { _ in Response.text("small").compressible() }
    router.get("/noise") { _ in Response(.ok, contentType: .text, body: noise).compressible() }
    router.get("/huge") { _ in
      Response(.ok, contentType: .text, body: [UInt8](repeating: 0x61, count: 1024 * 1024 + 1)).compressible()
    }
    return router
  }

  private func unzipped(_ bytes: [UInt8]) async throws -> [UInt8] {
    let folder = try TemporaryFolder()
    try Data(bytes).write(to: folder.file("body.gz"))
    let process = try RunningProcess(
      path: "/usr/bin/python3",
      [
        "-c", "import gzip, sys; open(sys.argv[2], 'wb').write(gzip.open(sys.argv[1]).read())",
        folder.file("body.gz").path, folder.file("body").path,
      ])
    #expect(try await process.waitForExit() == 0, "\(process.standardError)")
    return Array(try Data(contentsOf: folder.file("body")))
  }
}
