// A server that shares nothing with the client under test: Python's http.server, with a route for each habit of servers that
// a client has to cope with.
import Foundation
import TestSupport

final class TestServer: Sendable {
  let port: UInt16
  let folder: TemporaryFolder
  private let process: RunningProcess

  private static let program = #"""
    import datetime, http.server, ipaddress, json, ssl, sys, threading

    folder, names = sys.argv[1], sys.argv[2:]
    counts, lock, never = {}, threading.Lock(), threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *arguments):
            pass

        def answer(self, body=b"", status=200, fields={}):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def handle_any(self):
            path, _, query = self.path.partition("?")
            with lock:
                counts[path] = counts.get(path, 0) + 1
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if path == "/silent":
                never.wait()
            elif path == "/slow":
                threading.Event().wait(0.2)
                self.answer(b"slow")
            elif path == "/count":
                self.answer(str(counts.get(query, 0)).encode())
            elif path == "/large":
                self.answer(b"x" * int(query))
            elif path == "/endless":
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                while True:
                    self.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            elif path == "/verbose":
                self.answer(fields={"X-%d" % n: "y" * 1000 for n in range(90)})
            elif path == "/cut":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                self.close_connection = True
            elif path == "/nonsense":
                self.wfile.write(b"SSH-2.0-nothing of the sort\r\n")
                self.close_connection = True
            elif path == "/trailers":
                self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late:  2 \r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 3\r\n\r\n")
            elif path == "/to":
                status, target = query.split("!")
                self.answer(b"elsewhere", int(status), {"Location": target})
            elif path.startswith("/round/"):
                left = int(path.split("/")[2])
                if left:
                    self.answer(status=302, fields={"Location": "/round/%d" % (left - 1)})
                else:
                    self.answer(b"arrived")
            else:
                seen = {"method": self.command, "path": self.path, "body": body.decode("latin-1"),
                    "fields": {name.lower(): value for name, value in self.headers.items()}}
                self.answer(json.dumps(seen).encode(), fields={"Content-Type": "application/json"})

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 512
        daemon_threads = True

        def handle_error(self, request, address):
            pass

    name_of_authority = "authority of " + folder[-40:]

    def certificates():
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        def name(text):
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        def certificate(subject, key, issuer, signer, extension):
            now = datetime.datetime.utcnow()
            return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
                .public_key(key.public_key()).serial_number(x509.random_serial_number())
                .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1))
                .add_extension(extension, critical=True).sign(signer, hashes.SHA256()))

        authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = certificate(name_of_authority, authority, name_of_authority, authority, x509.BasicConstraints(True, None))
        alternatives = x509.SubjectAlternativeName([
            x509.IPAddress(ipaddress.ip_address(text)) if text[0].isdigit() else x509.DNSName(text) for text in names])
        leaf = certificate("test server", key, name_of_authority, authority, alternatives)
        pem = serialization.Encoding.PEM
        with open(folder + "/authority.pem", "wb") as file:
            file.write(root.public_bytes(pem))
        with open(folder + "/server.pem", "wb") as file:
            file.write(leaf.public_bytes(pem))
            file.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    server = Server(("127.0.0.1", 0), Handler)
    if names:
        certificates()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder + "/server.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print("port", server.server_address[1], ".", flush=True)
    server.serve_forever()
    """#

  /// With names, over TLS with a certificate for them, signed by an authority of the server's own.
  init(certifiedFor names: [String] = []) async throws {
    folder = try TemporaryFolder()
    try Data(Self.program.utf8).write(to: folder.file("server.py"))
    process = try RunningProcess(
      path: "/usr/bin/python3", [folder.file("server.py").path, folder.path] + names)
    try await process.waitForOutput(" .\n")
    let words = process.standardOutput.split(separator: " ")
    guard words.count > 1, let port = UInt16(words[1]) else {
      throw RunningProcess.Ended(description: "no port: \(process.standardOutput)")
    }
    self.port = port
  }

  var authority: String { folder.file("authority.pem").path }

  func url(_ path: String, host: String = "127.0.0.1", scheme: String = "http") -> String {
    "\(scheme)://\(host):\(port)\(path)"
  }
}
