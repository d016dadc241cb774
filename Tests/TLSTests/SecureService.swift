// A server that speaks TLS in the test's own process, and the peers that talk to it: Python's ssl module and openssl's
// s_client, neither of which shares a line with the server.
import Foundation
import HTTP
import Net
import TLS
import TestSupport

struct SecureService {
  let certificates: Certificates
  let tls: TLSServer
  let server: Server
  let group: EventLoopGroup
  let port: UInt16

  /// Runs `body` against a fresh service, and ends it.
  static func run(
    _ certificates: Certificates, _ options: TLSOptions, loops: Int = 1,
    limits: (inout ServerLimits) -> Void = { _ in }, _ body: (SecureService) async throws -> Void
  ) async throws {
    let tls = try TLSServer(options)
    var serverOptions = ServerOptions()
    serverOptions.limits.drainIdleGrace = .milliseconds(1)
    serverOptions.limits.drainDeadline = .seconds(1)
    limits(&serverOptions.limits)
    serverOptions.transport = tls.transport
    let group = try EventLoopGroup(count: loops)
    let server = try Server(router: routes(), options: serverOptions)
    let port = try await server.start(on: group, at: SocketAddress("127.0.0.1:0")!).port
    let service = SecureService(certificates: certificates, tls: tls, server: server, group: group, port: port)
    do {
      try await body(service)
    } catch {
      await service.end()
      throw error
    }
    await service.end()
  }

  private func end() async {
    await server.stop()
    group.stop()
  }

  private static func routes() -> Router {
    var router = Router()
    router.immediately(.get, "/") { _ in .text("ok") }
    router.post("/") { request in Response(.ok, contentType: .binary, body: try await request.body.whole()) }
    router.get("/large/{count:int}") { request in
      let count = try request.parameter("count", as: Int.self)
      return Response(.ok, contentType: .binary, body: [UInt8](repeating: 0x61, count: count))
    }
    router.get("/stream/{count:int}") { request in
      let count = try request.parameter("count", as: Int.self)
      return .stream(contentType: .binary) { writer in
        for _ in 0..<count { try await writer.write([UInt8](repeating: 0x62, count: 1000)) }
      }
    }
    router.get("/who") { request in
      guard let shown = request.clientCertificate else { return .text("nobody") }
      return .text("\(shown.subject)\n\(shown.alternativeNames)\n\(shown.fingerprint)")
    }
    return router
  }

  /// Runs a script of Python's that has `connect(…)`, `get(…)` and `authority` at hand; returns what it prints.
  func python(_ script: String, _ arguments: [String] = []) async throws -> String {
    let process = try startPython(script, arguments)
    guard try await process.waitForExit() == 0 else {
      throw RunningProcess.Ended(description: process.standardOutput + process.standardError)
    }
    return process.standardOutput.trimmingCharacters(in: .newlines)
  }

  func startPython(_ script: String, _ arguments: [String] = []) throws -> RunningProcess {
    try RunningProcess(
      path: "/usr/bin/python3", ["-c", Self.prelude + script, "\(port)", certificates.authority] + arguments)
  }

  /// Sends a request through s_client and returns all that it prints.
  func client(_ options: String, request: String = "GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
    async throws -> String
  {
    let command =
      "printf '\(request)' | timeout 20 openssl s_client -connect 127.0.0.1:\(port) -CAfile \(certificates.authority) "
      + "-ign_eof \(options) 2>&1"
    let process = try RunningProcess(path: "/bin/sh", ["-c", command])
    _ = try await process.waitForExit()
    return process.standardOutput
  }

  private static let prelude = """
    import array, fcntl, hashlib, os, select, socket, ssl, sys, termios, time
    port, authority, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    def context(version=None, certificate=None, key=None, alpn=['http/1.1']):
      c = ssl.create_default_context(cafile=authority)
      if version: c.minimum_version = c.maximum_version = version
      if certificate: c.load_cert_chain(certificate, key)
      if alpn: c.set_alpn_protocols(alpn)
      return c
    def connect(c=None, session=None):
      s = socket.create_connection(('127.0.0.1', port), timeout=20)
      return (c or context()).wrap_socket(
        s, server_hostname='localhost', suppress_ragged_eofs=False, session=session)
    def read_answer(s):
      data = b''
      while b'\\r\\n\\r\\n' not in data:
        more = s.recv(65536)
        if not more: return data, b''
        data += more
      head, body = data.split(b'\\r\\n\\r\\n', 1)
      length = next(int(l.split(b':')[1]) for l in head.split(b'\\r\\n') if l.lower().startswith(b'content-length'))
      while len(body) < length: body += s.recv(65536)
      return head, body
    def get(s, path='/', fields=''):
      s.sendall(f'GET {path} HTTP/1.1\\r\\nHost: a\\r\\n{fields}\\r\\n'.encode())
      return read_answer(s)
    def wait_until_full(s):
      # What nobody reads fills the kernel's queues, until the server can send no more.
      waiting, still = array.array('i', [0]), 0
      while still < 1000:
        before = waiting[0]
        fcntl.ioctl(s, termios.FIONREAD, waiting)
        still = still + 1 if waiting[0] == before > 0 else 0
        os.sched_yield()
    def fingerprint(s): return hashlib.sha256(s.getpeercert(True)).hexdigest()

    """
}
