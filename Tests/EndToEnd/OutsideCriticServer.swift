// A critic outside, as a process of its own, which takes its time and tells of every case that it is asked about.
import Foundation
import TestSupport
import Testing

struct OutsideCriticServer {
  private let folder: TemporaryFolder
  private let process: RunningProcess
  let policies: TemporaryFolder
  let port: String

  /// `delay`: seconds before each answer. `status`: of its answers. `required`, `deadline`: what the constitution says of its
  /// seat.
  init(delay: Double = 0, status: Int = 200, required: Bool = false, deadline: Int = 10_000) async throws {
    folder = try TemporaryFolder()
    let script = folder.file("critic.py")
    try Self.script.write(to: script, atomically: true, encoding: .utf8)
    process = try RunningProcess(path: "/usr/bin/python3", [script.path, "\(delay)", "\(status)"])
    try await process.waitForOutput("listening on ")
    port = String(process.standardOutput.split(whereSeparator: \.isWhitespace).first { Int($0) != nil } ?? "0")
    policies = try RemoteSeat.policies(port: port)
    let file = policies.file("constitution.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    let seat = try #require(text.range(of: "deadline_ms: 10000"))
    let before = text[..<seat.lowerBound].replacing(
      "    required: false\n    ", with: "    required: \(required)\n    ", maxReplacements: 1)
    try (before + "deadline_ms: \(deadline)" + text[seat.upperBound...])
      .write(to: file, atomically: true, encoding: .utf8)
  }

  /// How many cases it was asked about.
  var asked: Int { process.standardOutput.split(separator: "\n").count { $0.hasPrefix("case ") } }

  func kill() async throws {
    process.signal(SIGKILL)
    _ = try await process.waitForExit()
  }

  private static let script = """
    import json, sys, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for item in question["cases"]:
                sys.stdout.write("case " + item["case"]["action"] + "\\n")
                sys.stdout.flush()
            time.sleep(float(sys.argv[1]))
            opinions = [{"id": item["id"], "severity": 0, "confidence": 0.9, "concerns": []} for item in question["cases"]]
            body = json.dumps({"opinions": opinions}).encode()
            self.send_response(int(sys.argv[2]))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
    """
}
