// `httpd-echo`: the server code alone, for benchmarks and protocol suites. It routes a handful of fixed answers.
import Glibc
import HTTP
import Net

@main
enum Main {
  static func main() {
    guard let arguments = Arguments(CommandLine.arguments.dropFirst()) else {
      complain("usage: httpd-echo [--listen HOST:PORT] [--loops N]")
      exit(2)
    }
    runProcess(watching: [SIGTERM, SIGINT]) {
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
    let server = try Server(router: echoRouter(), options: options)
    let bound = try await server.start(on: group, at: arguments.address)
    complain("listening on \(bound)")
    try await server.runUntilSignalled(on: group.loops[0])
  }

  private static func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    write(2, line, line.count)
  }
}
