// The server: listeners on every loop, started and stopped as one.
import Glibc
import Locking
import Net

/// An HTTP/1.1 server.
///
///     var router = Router()
///     router.get("/") { _ in .text("hello") }
///     let group = try EventLoopGroup()
///     let server = try Server(router: router)
///     let address = try await server.start(on: group, at: SocketAddress("127.0.0.1:8080")!)
///     await server.stop()
package final class Server: Sendable {
  private let core: ServerCore
  private let state = Locked<[Worker]>([])

  /// Throws where the options contradict themselves.
  package init(router: Router, options: ServerOptions = .init()) throws(CORS.ConfigurationError) {
    try options.cors?.validate()
    core = ServerCore(router: router, options: options)
  }

  /// Connections that are open, and requests whose handlers are at work.
  package var openConnections: Int { core.openConnections }
  package var requestsInFlight: Int { core.requestsInFlight }
  /// Connections that each loop has; empty once the server has stopped.
  package var connectionsByLoop: [Int] { core.connectionsByLoop }

  /// Listens at `address` on every loop of the group; returns the address with the port that was bound.
  @discardableResult
  package func start(on group: EventLoopGroup, at address: SocketAddress) async throws -> SocketAddress {
    signal(SIGPIPE, SIG_IGN)
    var bound = address
    let workers = group.loops.map { Worker(loop: $0, core: core) }
    core.workersStarted(workers)
    for worker in workers {
      let loop = worker.loop
      let wanted = bound
      bound = try await loop.run {
        let listener = try Listener(on: loop, at: wanted) { worker.accept($0, $1) }
        try worker.listen(listener)
        return listener.address
      }
    }
    state.withLock { $0 = workers }
    return bound
  }

  /// Stops gracefully: no new connections, what is in flight is finished, new requests on open connections are answered
  /// with `Connection: close`, and whatever is left at the drain deadline is cut off.
  package func stop() async {
    core.beginStopping()
    for worker in state.withLock({ $0 }) {
      worker.loop.execute { worker.drain() }
    }
    await core.waitUntilDrained()
  }

  /// Returns once the process has been asked to end and the server has stopped. A second signal ends it at once.
  /// For a process that was started by `runProcess(watching: [SIGTERM, SIGINT])`.
  package func runUntilSignalled(on loop: EventLoop, stopping: () -> Void = {}) async throws {
    let (signals, received) = AsyncStream<Int32>.makeStream()
    let count = Locked(0)
    loop.execute {
      let watcher = try? SignalWatcher(on: loop, [SIGTERM, SIGINT]) { number in
        let isFirst = count.withLock { count in
          count += 1
          return count == 1
        }
        if isFirst { received.yield(number) } else { _exit(128 + number) }
      }
      // Without a watcher nobody could ever ask us to end.
      if watcher == nil { received.finish() }
    }
    for await _ in signals { break }
    stopping()
    await stop()
  }
}
