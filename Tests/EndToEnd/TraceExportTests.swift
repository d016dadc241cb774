// Traces on their way out: what the service answers with `traceparent` is what the collector gets.
import Foundation
import TestSupport
import Testing

@Suite("Traces")
struct TraceExportTests {
  private static let collector = #"""
    import gzip, http.server

    bodies = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf":
                bodies.append(body)
            self.send_response(200)
            self.end_headers()

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            wanted = bytes.fromhex(self.path[1:])
            self.wfile.write(b"yes" if any(wanted in body for body in bodies) else b"no")

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print("port", server.server_address[1], ".", flush=True)
    server.serve_forever()
    """#

  @Test("of answered requests reach the collector, the last ones when the server stops")
  func exported() async throws {
    let folder = try TemporaryFolder()
    try Data(Self.collector.utf8).write(to: folder.file("collector.py"))
    let collector = try RunningProcess(path: "/usr/bin/python3", [folder.file("collector.py").path])
    try await collector.waitForOutput(" .\n")
    let port = try #require(UInt16(collector.standardOutput.split(separator: " ")[1]))
    func hasArrived(_ trace: String) throws -> Bool { try request("GET", "/\(trace)", port: port).text == "yes" }

    let server = try await WitanServer(environment: [
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)", "WITAN_OUTGOING_ALLOW_LOOPBACK": "true",
      "WITAN_TELEMETRY_TRACES_DELAY": "50ms",
    ])
    func trace() throws -> String {
      let answer = try server.call("GET", "/v1/constitution", token: nil)
      return String(try #require(answer["traceparent"]).split(separator: "-")[1])
    }
    let first = try trace()
    #expect(first.count == 32)
    try await wait(for: "the trace") { try hasArrived(first) }
    let last = try trace()
    #expect(try await server.stop() == 0)
    #expect(try hasArrived(last))
  }
}
