// A listening socket on one loop. SO_REUSEPORT lets each loop have its own, and the kernel deals connections out.
// When descriptors run out it neither spins nor leaves clients hanging: a spare descriptor is given up for as long as
// it takes to accept and close, and failing that the listener pauses.
import CLinux
import Glibc

package final class Listener: DescriptorHandler {
  /// What happens to a connection: the owner takes the descriptor.
  package typealias Accepted = (_ descriptor: Int32, _ peer: SocketAddress) -> Void

  private let loop: EventLoop
  private let accepted: Accepted
  private var descriptor: Int32
  private var spare: Int32
  private var resume: TimerToken?

  /// The address bound, with the port that the kernel chose where 0 was asked for.
  package let address: SocketAddress
  /// How often the process was found out of descriptors.
  package private(set) var exhaustions = 0

  /// How many connections one turn takes, so that those already here have their turn.
  private static let acceptsPerTurn = 64
  private static let pause: UInt64 = 100_000_000

  /// Binds and listens. The connections accepted inherit TCP_NODELAY from the listening socket (tcp(7)).
  package init(
    on loop: EventLoop, at address: SocketAddress, backlog: Int32 = 4096, accepted: @escaping Accepted
  ) throws(SystemError) {
    self.loop = loop
    self.accepted = accepted
    let family = address.isVersionFour ? AF_INET : AF_INET6
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = try checked("socket") { socket(family, kind, 0) }
    do {
      try Self.set(descriptor, SOL_SOCKET, SO_REUSEADDR)
      try Self.set(descriptor, SOL_SOCKET, SO_REUSEPORT)
      try Self.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
      try checked("bind") { address.withSockaddr { bind(descriptor, $0, $1) } }
      try checked("listen") { listen(descriptor, backlog) }
      self.address = try Self.name(of: descriptor)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if spare >= 0 { close(spare) }
  }

  /// Begins to accept. On the loop.
  package func start() throws(SystemError) { try loop.watch(descriptor, for: .read, self) }

  /// Stops listening, once it has taken what had already connected. On the loop.
  package func stop() {
    guard descriptor >= 0 else { return }
    ready(.read)
    if let resume { loop.cancel(resume) }
    loop.forget(descriptor)
    close(descriptor)
    descriptor = -1
  }

  package func ready(_ readiness: Readiness) {
    for _ in 0..<Self.acceptsPerTurn {
      guard descriptor >= 0 else { return }
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let connection = withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { witan_accept4(descriptor, $0, &length) }
      }
      if connection >= 0 {
        accepted(connection, SocketAddress(storage))
        continue
      }
      switch errno {
      case ECONNABORTED, EINTR, EPROTO: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM:
        exhaustions += 1
        if !turnAwayOne() { return pauseAccepting() }
      default: return
      }
    }
  }

  /// Accepts with the spare descriptor and closes at once: the client learns now rather than by a timeout.
  private func turnAwayOne() -> Bool {
    guard spare >= 0 else { return false }
    close(spare)
    let connection = witan_accept4(descriptor, nil, nil)
    if connection >= 0 { close(connection) }
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
    return connection >= 0
  }

  private func pauseAccepting() {
    guard resume == nil, (try? loop.change(descriptor, to: [])) != nil else { return }
    resume = loop.schedule(after: Self.pause) { [weak self] in
      guard let self, descriptor >= 0 else { return }
      resume = nil
      if spare < 0 { spare = open("/dev/null", O_RDONLY | O_CLOEXEC) }
      _ = try? loop.change(descriptor, to: .read)
    }
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) throws(SystemError) {
    var one: Int32 = 1
    try checked("setsockopt") { setsockopt(descriptor, level, option, &one, socklen_t(MemoryLayout<Int32>.size)) }
  }

  private static func name(of descriptor: Int32) throws(SystemError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    try checked("getsockname") {
      withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
      }
    }
    return SocketAddress(storage)
  }
}
