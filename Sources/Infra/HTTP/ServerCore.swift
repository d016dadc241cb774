// What the workers of a server share: routes and options, which do not change, and the counters behind the limits.
import Glibc
import Locking
import Net
import Synchronization

final class ServerCore: Sendable {
  let router: Router
  let options: ServerOptions
  let contentSecurityPolicyLine: [UInt8]
  let allMethods = Method.allCases.filter { $0 != .connect && $0 != .trace }.map(\.name).joined(separator: ", ")
  private let connectionLimit: Int
  private let connections = Atomic<Int>(0)
  private let inFlight = Atomic<Int>(0)
  private let perAddress = Locked<[SocketAddress.Host: Int]>([:])
  private let draining = Locked(Draining())

  private let workers = Locked<[Worker]>([])
  private let stopping = Atomic<Bool>(false)

  private struct Draining {
    var workers = 0
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  init(router: Router, options: ServerOptions) {
    self.router = router
    self.options = options
    contentSecurityPolicyLine = Array("Content-Security-Policy: \(options.contentSecurityPolicy)\r\n".utf8)
    connectionLimit = min(options.limits.connections, max(8, Self.descriptorLimit() - 64))
  }

  /// Bytes of the lines whose length is known beforehand: what a head needs besides its own fields.
  var fixedLineBytes: Int { contentSecurityPolicyLine.count + RequestSpan.lineLength }

  /// Raises the soft limit of descriptors to the hard one, and returns it.
  private static func descriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    if limit.rlim_cur < limit.rlim_max {
      limit.rlim_cur = limit.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    return Int(clamping: limit.rlim_cur)
  }

  // MARK: Limits

  /// Counts a connection in, unless there are too many.
  func admit(_ host: SocketAddress.Host) -> Bool {
    if connections.wrappingAdd(1, ordering: .relaxed).newValue > connectionLimit {
      connections.wrappingSubtract(1, ordering: .relaxed)
      return false
    }
    let admitted = perAddress.withLock { counts in
      let count = counts[host, default: 0]
      guard count < options.limits.connectionsPerAddress else { return false }
      counts[host] = count + 1
      return true
    }
    if !admitted { connections.wrappingSubtract(1, ordering: .relaxed) }
    return admitted
  }

  func leave(_ host: SocketAddress.Host) {
    connections.wrappingSubtract(1, ordering: .relaxed)
    perAddress.withLock { counts in
      if let count = counts[host], count > 1 { counts[host] = count - 1 } else { counts[host] = nil }
    }
  }

  /// Counts a handler in that may wait, unless there are too many.
  func enter() -> Bool {
    if inFlight.wrappingAdd(1, ordering: .relaxed).newValue <= options.limits.requestsInFlight { return true }
    exit()
    return false
  }

  func exit() { inFlight.wrappingSubtract(1, ordering: .relaxed) }

  var openConnections: Int { connections.load(ordering: .relaxed) }
  var requestsInFlight: Int { inFlight.load(ordering: .relaxed) }

  // MARK: Balance

  /// By how much one loop may have more connections than another, besides a sixteenth.
  private static let slack = 2

  /// The worker that a connection which has come to `worker` is better off with: the kernel deals connections out by a
  /// hash of their addresses, and of a few dozen one loop easily gets twice as many as the other.
  func lighter(than worker: Worker) -> Worker? {
    guard !stopping.load(ordering: .relaxed) else { return nil }
    let own = worker.load.load(ordering: .relaxed)
    guard own > Self.slack else { return nil }
    let lightest = workers.withLock { workers in
      workers.min { $0.load.load(ordering: .relaxed) < $1.load.load(ordering: .relaxed) }
    }
    guard let lightest, lightest !== worker else { return nil }
    let least = lightest.load.load(ordering: .relaxed)
    return own - least > Self.slack + least / 16 ? lightest : nil
  }

  var connectionsByLoop: [Int] { workers.withLock { $0.map { $0.load.load(ordering: .relaxed) } } }

  // MARK: Problems

  /// The handler has had its time.
  var tookTooLong: Problem {
    var problem = overloaded
    problem.detail = "the answer took longer than \(options.limits.handlerTimeout.wholeSeconds) s"
    return problem
  }

  var overloaded: Problem {
    Problem(
      .serviceUnavailable, detail: "too much at once: try again in a moment",
      headers: ["Retry-After": String(max(1, options.limits.retryAfter.wholeSeconds))])
  }

  /// The one place where errors become problems.
  func problem(_ error: any Error, _ request: Request) -> Problem {
    if let known = error as? any ProblemConvertible { return known.problem }
    if error is CancellationError { return Problem(.serviceUnavailable, detail: "the work was cancelled") }
    if let mapped = options.problem?(error, request) { return mapped }
    options.unforeseen?(error, request)
    return Problem(.internalServerError)
  }

  func streamFailed(_ error: any Error, _ request: Request) {
    if error is BodyError || error is CancellationError { return }
    options.unforeseen?(error, request)
  }

  // MARK: Stopping

  func workersStarted(_ started: [Worker]) {
    draining.withLock { $0.workers = started.count }
    workers.withLock { $0 = started }
  }

  /// From here on connections stay where they have come to.
  func beginStopping() { stopping.store(true, ordering: .relaxed) }

  func drained() {
    let waiters = draining.withLock { draining in
      draining.workers -= 1
      guard draining.workers == 0 else { return [CheckedContinuation<Void, Never>]() }
      defer { draining.waiters = [] }
      return draining.waiters
    }
    // The workers hold us.
    workers.withLock { $0 = [] }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when no worker has a connection left.
  func waitUntilDrained() async {
    await withCheckedContinuation { waiter in
      let isOver = draining.withLock { draining in
        if draining.workers > 0 { draining.waiters.append(waiter) }
        return draining.workers <= 0
      }
      if isOver { waiter.resume() }
    }
  }
}
