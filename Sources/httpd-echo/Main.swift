// `httpd-echo`: the server code alone, for benchmarks and protocol suites. It routes a handful of fixed answers.
import Glibc
import HTTP
import Net
import TLS

@main
enum Main {
  static func main() {
    guard let arguments = Arguments(CommandLine.arguments.dropFirst()) else {
      complain(Arguments.usage)
      exit(2)
    }
    runProcess(watching: [SIGTERM, SIGINT, SIGHUP]) {
      do {
        try await serve(arguments)
        return 0
      } catch {
        complain("httpd-echo: \(error)")
        return 1
      }
    }
  }

  private static func serve(_ arguments: Arguments) async throws {
    let group = try EventLoopGroup(count: arguments.loops)
    var options = ServerOptions()
    options.sendsTraceparent = false
    options.limits = arguments.limits
    if let certificate = arguments.certificate, let key = arguments.key {
      let tls = try TLSServer(TLSOptions(certificate: certificate, key: key))
      options.transport = tls.transport
      reloadOnHangup(tls, group.loops[0])
    }
    let server = try Server(router: echoRouter(), options: options)
    let bound = try await server.start(on: group, at: arguments.address)
    complain("listening on \(bound)")
    try await server.runUntilSignalled(on: group.loops[0])
  }

  /// SIGHUP: the certificate's files have changed.
  private static func reloadOnHangup(_ tls: TLSServer, _ loop: EventLoop) {
    loop.execute {
      // The loop keeps the watcher. Without one there is no reloading, and all else is well.
      _ = try? SignalWatcher(on: loop, [SIGHUP]) { _ in
        do {
          try tls.reload()
          complain("read the certificate anew")
        } catch {
          complain("httpd-echo: \(error)")
        }
      }
    }
  }

  private static func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    write(2, line, line.count)
  }
}
