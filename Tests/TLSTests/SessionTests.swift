// What happens on TLS connections and between them: large bodies both ways, resumption, reloading, certificates of
// clients, and memory.
import Foundation
import HTTP
import Net
import TLS
import TestSupport
import Testing

@Suite struct SessionTests {
  @Test func `Large bodies pass both ways, whole, streamed and pipelined, to slow readers too`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    let options = TLSOptions(certificate: pair.certificate, key: pair.key)
    try await SecureService.run(certificates, options, loops: 2) { (service: SecureService) async throws in
      let output = try await service.python(
        """
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
          s = connect(context(version))
          sent = os.urandom(3_000_000)
          s.sendall(b'POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 3000000\\r\\n\\r\\n' + sent)
          assert read_answer(s)[1] == sent
          s.sendall(b'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' * 500)
          data = b''
          while data.count(b'\\r\\n\\r\\nok') < 500: data += s.recv(65536)
          s.sendall(b'GET /large/5000000 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')
          wait_until_full(s)
          head, body = read_answer(s)
          assert body == b'a' * 5000000
          s.sendall(b'GET /stream/3000 HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n')
          wait_until_full(s)
          data = b''
          while True:
            more = s.recv(65536)
            if not more: break
            data += more
          assert data.split(b'\\r\\n\\r\\n', 1)[1].count(b'b') == 3000000 and data.endswith(b'0\\r\\n\\r\\n')
        print('whole')
        """)
      #expect(output == "whole")
    }
  }

  @Test func `A client that has finished sending, with or without a farewell, has its answer`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    try await SecureService.run(certificates, TLSOptions(certificate: pair.certificate, key: pair.key)) {
      (service: SecureService) async throws in
      let output = try await service.python(
        """
        s = connect()
        s.sendall(b'POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\n\\r\\nhello')
        socket.socket.shutdown(s, socket.SHUT_WR)
        # Python forgets TLS after a shutdown of its own, so the answer is read beneath it: it is there and encrypted.
        print('answered' if len(socket.socket.recv(s, 65536)) > 100 else 'nothing')
        """)
      #expect(output == "answered")
      try await wait(for: "the connection to end") { service.server.openConnections == 0 }
    }
  }

  @Test func `Sessions are resumed, and a reload ends that without ending connections`() async throws {
    let certificates = try await Certificates()
    let first = try await certificates.server("first")
    let second = try await certificates.server("second")
    let go = certificates.path("go")
    let options = TLSOptions(certificate: first.certificate, key: first.key)
    try await SecureService.run(certificates, options, loops: 2) { (service: SecureService) async throws in
      let process = try service.startPython(
        """
        held = []
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
          c = context(version)
          s = connect(c); get(s)
          again = connect(c, session=s.session); get(again)
          assert not s.session_reused and again.session_reused
          assert fingerprint(s) == arguments[1]
          held.append((c, s, again))
        print('ready', flush=True)
        while not os.path.exists(arguments[0]): time.sleep(0.01)
        for c, s, again in held:
          # Those that were open go on.
          assert get(s)[1] == b'ok' and get(again)[1] == b'ok'
          new = connect(c, session=again.session)
          assert get(new)[1] == b'ok'
          assert not new.session_reused and fingerprint(new) == arguments[2]
        print('done')
        """,
        [
          go, try await certificates.fingerprint(first.certificate),
          try await certificates.fingerprint(second.certificate),
        ])
      try await process.waitForOutput("ready")
      let files = FileManager.default
      // A reload that fails leaves what is in force.
      try files.removeItem(atPath: first.key)
      #expect(throws: TLSError.self) { try service.tls.reload() }
      try files.removeItem(atPath: first.certificate)
      try files.copyItem(atPath: second.certificate, toPath: first.certificate)
      try files.copyItem(atPath: second.key, toPath: first.key)
      try service.tls.reload()
      try Data().write(to: URL(filePath: go))
      #expect(try await process.waitForExit() == 0, "\(process.standardError)")
      #expect(process.standardOutput.contains("done"))
    }
  }

  @Test func `The key of tickets is renewed without a word, keeping the certificate`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    var options = TLSOptions(certificate: pair.certificate, key: pair.key)
    options.ticketKeyLifetime = .seconds(1)
    options.clientAuthentication = .optional(authorities: certificates.authority)
    try await SecureService.run(certificates, options) { (service: SecureService) async throws in
      try FileManager.default.removeItem(atPath: pair.key)
      let output = try await service.python(
        """
        c = context()
        s = connect(c); get(s)
        assert connect(c, session=s.session).session_reused
        end = time.monotonic() + 20
        later = connect(c, session=s.session)
        while later.session_reused and time.monotonic() < end: later = connect(c, session=s.session)
        get(later)
        print(later.session_reused, fingerprint(later) == fingerprint(s))
        """)
      #expect(output == "False True")
    }
  }

  @Test func `Handlers see the certificate of the client, in resumed sessions too`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    let client = try await certificates.make(
      "client", subject: "/O=Example, Inc./CN=Reviewer",
      names: "email:r@example.org,URI:spiffe://example.org/reviewer,DNS:r.example.org,IP:10.0.0.1,IP:fe80::1",
      purpose: "clientAuth")
    let expected = """
      CN=Reviewer,O=Example\\, Inc.
      [\(["email(\"r@example.org\")", "uri(\"spiffe://example.org/reviewer\")", "dns(\"r.example.org\")",
          "address(\"10.0.0.1\")", "address(\"fe80::1\")"]
        .map { "Net.PeerCertificate.AlternativeName." + $0 }.joined(separator: ", "))]
      \(try await certificates.fingerprint(client.certificate))
      """
    var options = TLSOptions(certificate: pair.certificate, key: pair.key)
    let authorities = certificates.authority
    for authentication in [
      ClientAuthentication.optional(authorities: authorities), .required(authorities: authorities),
    ] {
      options.clientAuthentication = authentication
      try await SecureService.run(certificates, options) { (service: SecureService) async throws in
        let output = try await service.python(
          """
          for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            c = context(version, *arguments)
            s = connect(c)
            first = get(s, '/who')[1]
            again = connect(c, session=s.session)
            assert again.session_reused and get(again, '/who')[1] == first
          print(first.decode())
          """, [client.certificate, client.key])
        #expect(output == expected)
      }
    }
  }

  @Test func `Without a certificate there is nobody, or no connection where one is required`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    let strangers = try await Certificates()
    let stranger = try await strangers.make(
      "stranger", subject: "/CN=Stranger", names: "DNS:a", purpose: "clientAuth")
    let wrongPurpose = try await certificates.server("purpose")
    let attempt = """
      def attempt(*identity):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
          try: print(get(connect(context(version, *identity)), '/who')[1].decode(), end=' ')
          except ssl.SSLError as error: print(error.reason, end=' ')
      attempt()
      attempt(arguments[0], arguments[1])
      attempt(arguments[2], arguments[3])
      """
    let arguments = [stranger.certificate, stranger.key, wrongPurpose.certificate, wrongPurpose.key]
    let unknown = "TLSV1_ALERT_UNKNOWN_CA TLSV1_ALERT_UNKNOWN_CA "
    let unsupported = "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"
    var options = TLSOptions(certificate: pair.certificate, key: pair.key)
    try await SecureService.run(certificates, options) { (service: SecureService) async throws in
      #expect(try await service.python(attempt, arguments) == "nobody nobody nobody nobody nobody nobody ")
    }
    options.clientAuthentication = .optional(authorities: certificates.authority)
    try await SecureService.run(certificates, options) { (service: SecureService) async throws in
      #expect(try await service.python(attempt, arguments).hasPrefix("nobody nobody " + unknown + unsupported))
    }
    options.clientAuthentication = .required(authorities: certificates.authority)
    try await SecureService.run(certificates, options) { (service: SecureService) async throws in
      #expect(
        try await service.python(attempt, arguments).hasPrefix(
          "SSLV3_ALERT_HANDSHAKE_FAILURE TLSV13_ALERT_CERTIFICATE_REQUIRED " + unknown + unsupported))
    }
  }

  @Test(.disabled(if: ProcessInfo.processInfo.environment["WITAN_SANITIZER"] != nil, "sanitizers keep what is freed"))
  func `Handshakes leave no memory behind`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    let port = try FreePort.next()
    let process = try RunningProcess(
      "httpd-echo",
      ["--listen", "127.0.0.1:\(port)", "--loops", "1", "--tls-cert", pair.certificate, "--tls-key", pair.key])
    try await process.waitForOutput("listening on")
    func handshakes(_ count: Int) async throws {
      let script = """
        import socket, ssl, sys
        c = ssl.create_default_context(cafile=sys.argv[2])
        for number in range(int(sys.argv[3])):
          s = c.wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[1]))), server_hostname='localhost')
          s.sendall(b'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'); s.recv(1000); s.close()
        """
      let client = try RunningProcess(
        path: "/usr/bin/python3", ["-c", script, "\(port)", certificates.authority, "\(count)"])
      #expect(try await client.waitForExit() == 0, "\(client.standardError)")
    }
    func residentPages() throws -> Int {
      let text = try String(contentsOfFile: "/proc/\(process.identifier)/statm", encoding: .utf8)
      return text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
    try await handshakes(300)
    let before = try residentPages()
    try await handshakes(1000)
    // A session kept would be at least 2 KB: 500 pages.
    #expect(try residentPages() - before < 150)
    process.signal(SIGTERM)
    #expect(try await process.waitForExit() == 0)
  }
}
