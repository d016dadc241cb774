// What a server has on each loop: its connections, the memory they borrow, their deadlines, the date. No locks: all of
// it belongs to the loop's thread.
import CLinux
import Glibc
import Net
import Synchronization

/// Proof for `@unchecked Sendable`: apart from the `let`s of Sendable type, everything is touched on the loop only.
/// What is marked unchecked is never reached again from within a change of it, as in `Connection`.
final class Worker: TurnObserver, @unchecked Sendable {
  let loop: EventLoop
  let core: ServerCore
  let limits: ServerLimits
  let headLimits: HeadLimits
  let idleTimeout: UInt64

  @exclusivity(unchecked) var blocks = BlockPool(blockSize: 16 * 1024, spare: 64)
  @exclusivity(unchecked) private var heads: [IncomingHead] = []
  @exclusivity(unchecked) private var wheel: DeadlineWheel<Connection>
  private(set) var connections: [Connection] = []
  @exclusivity(unchecked) private var toSettle: [Connection] = []
  @exclusivity(unchecked) private var toResume: [Connection] = []
  @exclusivity(unchecked) private var settling: [Connection] = []
  private var listener: Listener?
  private var ticking = false
  private(set) var isDraining = false
  /// Streams that are being compressed.
  var openEncoders = 0
  private var hasDrained = false
  /// Connections that are here or on their way from another loop; read by all loops.
  let load = Atomic<Int>(0)

  /// `Date: …` with its line end, made once a second (RFC 9110, section 6.6.1).
  let dateLine = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 37)
  private var dateValidUntil: UInt64 = 0

  init(loop: EventLoop, core: ServerCore) {
    self.loop = loop
    self.core = core
    limits = core.options.limits
    headLimits = HeadLimits(limits)
    idleTimeout = limits.idleTimeout.nanoseconds
    // The loop runs already, and its `now` is for its own thread.
    wheel = DeadlineWheel(now: monotonicNanoseconds())
    heads.reserveCapacity(64)
    toSettle.reserveCapacity(256)
    settling.reserveCapacity(256)
  }

  deinit { dateLine.deallocate() }

  // MARK: Connections

  /// On the loop.
  func listen(_ listener: Listener) throws {
    self.listener = listener
    loop.addObserver(self)
    try listener.start()
  }

  func accept(_ descriptor: Int32, _ peer: SocketAddress) {
    let chosen = core.lighter(than: self) ?? self
    chosen.load.wrappingAdd(1, ordering: .relaxed)
    if chosen === self { return take(descriptor, peer) }
    chosen.loop.execute { chosen.take(descriptor, peer) }
  }

  private func take(_ descriptor: Int32, _ peer: SocketAddress) {
    if hasDrained {
      close(descriptor)
      load.wrappingSubtract(1, ordering: .relaxed)
      return
    }
    let admitted = core.admit(peer.host)
    let connection = Connection(descriptor: descriptor, peer: peer, worker: self, counted: admitted)
    connection.position = connections.count
    connections.append(connection)
    startTicking()
    connection.start(shedding: !admitted)
  }

  func remove(_ connection: Connection, counted: Bool) {
    let last = connections.removeLast()
    if last !== connection {
      last.position = connection.position
      connections[connection.position] = last
    }
    if counted, let peer = connection.peer { core.leave(peer.host) }
    wheel.remove(connection)
    load.wrappingSubtract(1, ordering: .relaxed)
    if isDraining { endIfEmpty() }
  }

  private func endIfEmpty() {
    guard connections.isEmpty, load.load(ordering: .relaxed) == 0, !hasDrained else { return }
    hasDrained = true
    loop.removeObserver(self)
    core.drained()
  }

  // MARK: Heads

  func takeHead() -> IncomingHead { heads.popLast() ?? IncomingHead(loop: loop, lineLimit: limits.lineBytes) }

  /// Takes back a head that nobody else holds.
  func giveBack(_ head: IncomingHead) {
    if heads.count < 64 { heads.append(head) }
  }

  // MARK: Turns

  /// Has the connection flushed and its deadline set when all that is ready now has been handled.
  func settleLater(_ connection: Connection) {
    guard !connection.willSettle else { return }
    connection.willSettle = true
    toSettle.append(connection)
  }

  /// Lets the others have their turn before this connection goes on.
  func resumeLater(_ connection: Connection) {
    guard !connection.willResume else { return }
    connection.willResume = true
    toResume.append(connection)
    loop.skipSleep()
  }

  func turnEnded() {
    if !toSettle.isEmpty {
      swap(&toSettle, &settling)
      for connection in settling {
        connection.willSettle = false
        connection.settle()
      }
      settling.removeAll(keepingCapacity: true)
    }
    guard !toResume.isEmpty else { return }
    let resumed = toResume
    toResume.removeAll(keepingCapacity: true)
    for connection in resumed {
      connection.willResume = false
      connection.resume()
    }
  }

  // MARK: Deadlines

  func file(_ connection: Connection) { wheel.file(connection) }

  private func startTicking() {
    guard !ticking else { return }
    ticking = true
    tick()
  }

  private func tick() {
    for connection in wheel.takePassed(loop.now) { connection.deadlinePassed() }
    guard !connections.isEmpty else {
      ticking = false
      return
    }
    loop.schedule(after: wheel.tickLength) { [self] in tick() }
  }

  // MARK: Stopping

  /// Stops listening; what is in flight goes on, and idle connections have a moment for a request already on its way.
  func drain() {
    guard !isDraining else { return }
    listener?.stop()
    isDraining = true
    endIfEmpty()
    loop.schedule(after: limits.drainIdleGrace.nanoseconds) { [self] in
      for connection in connections.reversed() {
        connection.closeIfIdle()
        connection.leaving?()
      }
    }
    loop.schedule(after: limits.drainDeadline.nanoseconds) { [self] in
      while let connection = connections.last { connection.abort() }
    }
  }

  // MARK: Date

  func refreshDate() {
    guard loop.now >= dateValidUntil else { return }
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    dateValidUntil = loop.now + UInt64(1_000_000_000 - time.tv_nsec)
    var parts = tm()
    gmtime_r(&time.tv_sec, &parts)
    var cursor = ByteCursor(dateLine.baseAddress!)
    cursor.put("Date: ")
    cursor.put("SunMonTueWedThuFriSat", 3 * Int(parts.tm_wday), 3)
    cursor.put(", ")
    cursor.putTwoDigits(Int(parts.tm_mday))
    cursor.put(" ")
    cursor.put("JanFebMarAprMayJunJulAugSepOctNovDec", 3 * Int(parts.tm_mon), 3)
    cursor.put(" ")
    cursor.putDecimal(1900 + Int(parts.tm_year))
    cursor.put(" ")
    cursor.putTwoDigits(Int(parts.tm_hour))
    cursor.put(":")
    cursor.putTwoDigits(Int(parts.tm_min))
    cursor.put(":")
    cursor.putTwoDigits(Int(parts.tm_sec))
    cursor.put(" GMT\r\n")
  }
}
