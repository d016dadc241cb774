// Who gets a connection and who does not: versions, ciphers, protocols, files that do not belong together, peers that
// speak something else or nothing.
import Foundation
import HTTP
import Net
import TLS
import TestSupport
import Testing

@Suite struct HandshakeTests {
  @Test func `Both versions are spoken with modern ciphers, http by name, HSTS and a farewell`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    let options = TLSOptions(certificate: pair.certificate, key: pair.key)
    try await SecureService.run(certificates, options) { (service: SecureService) async throws in
      let output = try await service.python(
        """
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
          s = connect(context(version, alpn=['h2', 'http/1.1']))
          head, body = get(s, fields='Connection: close\\r\\n')
          assert head.startswith(b'HTTP/1.1 200 '), head
          assert b'Strict-Transport-Security: max-age=' in head, head
          # Without close_notify this raises.
          assert s.recv(1) == b''
          print(s.version(), s.cipher()[0], s.selected_alpn_protocol(), body.decode())
        s = connect(context(alpn=None))
        print(s.selected_alpn_protocol(), get(s)[1].decode())
        try:
          connect(context(alpn=['h2']))
          print('connected')
        except ssl.SSLError as error: print('refused' if 'no application protocol' in str(error) else error)
        """)
      #expect(
        output == """
          TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256 http/1.1 ok
          TLSv1.3 TLS_AES_128_GCM_SHA256 http/1.1 ok
          None ok
          refused
          """)
    }
  }

  @Test func `Old versions and ciphers without forward secrecy or authentication are refused`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.make(
      "rsa", subject: "/CN=localhost", names: "DNS:localhost", algorithm: ["rsa:2048"])
    var options = TLSOptions(certificate: pair.certificate, key: pair.key)
    try await SecureService.run(certificates, options) { (service: SecureService) async throws in
      for refused in [
        "-tls1 -cipher DEFAULT:@SECLEVEL=0", "-tls1_1 -cipher DEFAULT:@SECLEVEL=0", "-tls1_2 -cipher AES128-GCM-SHA256",
        "-tls1_2 -cipher ECDHE-RSA-AES128-SHA256", "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256",
      ] {
        let output = try await service.client(refused)
        #expect(output.contains("alert"), "\(refused): \(output)")
        #expect(!output.contains("HTTP/1.1 200"), "\(refused)")
      }
      #expect(try await service.client("-tls1_2").contains("HTTP/1.1 200"))
    }
    options.minimumVersion = .tls13
    try await SecureService.run(certificates, options) { (service: SecureService) async throws in
      #expect(try await service.client("-tls1_2").contains("alert protocol version"))
      #expect(try await service.client("-tls1_3").contains("HTTP/1.1 200"))
    }
  }

  @Test func `A client cannot ask for another handshake on its connection`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    try await SecureService.run(certificates, TLSOptions(certificate: pair.certificate, key: pair.key)) {
      (service: SecureService) async throws in
      // s_client takes R as the command for it while its own input lasts.
      let heard = certificates.folder.file("heard").path
      let command =
        "{ printf 'R\\n'; until grep -qs renegotiation \(heard); do :; done; } | "
        + "timeout 20 openssl s_client -connect 127.0.0.1:\(service.port) -tls1_2 2>&1 | tee \(heard)"
      let process = try RunningProcess(path: "/bin/sh", ["-c", command])
      _ = try await process.waitForExit()
      let output = process.standardOutput
      #expect(output.contains("no renegotiation"), "\(output)")
    }
  }

  @Test func `Files that cannot be used are refused with their names`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    let other = try await certificates.server("other")
    let none = certificates.path("none.pem")
    func refusal(_ change: (inout TLSOptions) -> Void) -> TLSError? {
      var options = TLSOptions(certificate: pair.certificate, key: pair.key)
      change(&options)
      do throws(TLSError) {
        _ = try TLSServer(options)
        return nil
      } catch {
        return error
      }
    }
    #expect(refusal { _ in } == nil)
    #expect(refusal { $0.key = other.key } == .mismatch(certificate: pair.certificate, key: other.key))
    #expect(
      refusal { $0.key = other.key }?.description
        == "the TLS key \(other.key) does not belong to the certificate \(pair.certificate)")
    #expect(refusal { $0.certificate = none } == .certificate(file: none, reason: "No such file or directory"))
    #expect(refusal { $0.key = none } == .key(file: none, reason: "No such file or directory"))
    #expect(refusal { $0.certificate = pair.key } == .certificate(file: pair.key, reason: "no start line"))
    #expect(refusal { $0.key = pair.certificate }?.description.contains(pair.certificate) == true)
    try await certificates.run("ec", "-in", pair.key, "-aes256", "-passout", "pass:secret", "-out", none + ".locked")
    #expect(refusal { $0.key = none + ".locked" }?.description.contains("\(none).locked cannot be used") == true)
    #expect(refusal { $0.ciphers = "AES128-SHA" } == .weakCipher("AES128-SHA"))
    #expect(refusal { $0.ciphers = "ECDHE+AES" } != nil)
    if case .ciphers("NOTHING", _)? = refusal({ $0.ciphers = "NOTHING" }) {} else { Issue.record("taken") }
    if case .ciphers("NOTHING", _)? = refusal({ $0.suites = "NOTHING" }) {} else { Issue.record("taken") }
    if case .groups("NOTHING", _)? = refusal({ $0.groups = "NOTHING" }) {} else { Issue.record("taken") }
    #expect(
      refusal { $0.clientAuthentication = .required(authorities: none) }
        == .authorities(file: none, reason: "No such file or directory"))
    #expect(refusal { $0.clientAuthentication = .required(authorities: pair.key) } != nil)
  }

  @Test func `The program refuses to start with a key of another certificate`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    let other = try await certificates.server("other")
    let process = try RunningProcess(
      "httpd-echo", ["--listen", "127.0.0.1:0", "--tls-cert", pair.certificate, "--tls-key", other.key])
    #expect(try await process.waitForExit() == 1)
    #expect(process.standardError.contains("\(other.key) does not belong to the certificate \(pair.certificate)"))
  }

  @Test func `Who does not speak TLS is let go without a reset`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    try await SecureService.run(certificates, TLSOptions(certificate: pair.certificate, key: pair.key)) {
      (service: SecureService) async throws in
      for text in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}hello", "\0\0\0\0\0\0\0\0"] {
        var connection = try RawConnection(port: service.port)
        try connection.send(text)
        // A reset would throw; there may be an alert, and there is no HTTP.
        let bytes = try connection.readToEnd()
        #expect(!bytes.starts(with: Array("HTTP".utf8)))
      }
      #expect(try await service.client("").contains("HTTP/1.1 200"))
      try await wait(for: "the connections to end") { service.server.openConnections == 0 }
    }
  }

  @Test func `A handshake that is not over in time ends the connection`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    let options = TLSOptions(certificate: pair.certificate, key: pair.key)
    try await SecureService.run(certificates, options, limits: { $0.handshakeTimeout = .milliseconds(300) }) {
      (service: SecureService) async throws in
      let began = ContinuousClock.now
      var silent = try RawConnection(port: service.port)
      // A record that announces more than ever comes.
      var slow = try RawConnection(port: service.port)
      try slow.send([0x16, 0x03, 0x01, 0x01, 0x00, 0x01])
      #expect(try silent.readToEnd() == [])
      #expect(try slow.readToEnd() == [])
      #expect(ContinuousClock.now - began < .seconds(10))
      // The deadline is the handshake's alone: a connection may be silent for longer afterwards.
      #expect(
        try await service.python(
          "s = connect(); get(s); assert not select.select([s], [], [], 1.2)[0]; print(get(s)[1].decode())") == "ok")
    }
  }

  @Test func `Bytes may come one by one`() async throws {
    let certificates = try await Certificates()
    let pair = try await certificates.server()
    try await SecureService.run(certificates, TLSOptions(certificate: pair.certificate, key: pair.key)) {
      (service: SecureService) async throws in
      let output = try await service.python(
        """
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
          s = socket.create_connection(('127.0.0.1', port), timeout=20)
          s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
          incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
          t = context(version).wrap_bio(incoming, outgoing, server_hostname='localhost')
          def move(step):
            while True:
              try: result = step()
              except ssl.SSLWantReadError: result = None
              for byte in outgoing.read(): s.send(bytes([byte]))
              if result is not None: return result
              incoming.write(s.recv(7))
          move(lambda: t.do_handshake() or True)
          move(lambda: t.write(b'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n'))
          data = b''
          while not data.endswith(b'ok'): data += move(lambda: t.read(100))
          print(t.version(), data[:15].decode())
        """)
      #expect(output == "TLSv1.2 HTTP/1.1 200 OK\nTLSv1.3 HTTP/1.1 200 OK")
    }
  }
}
