// A host's addresses. getaddrinfo(3) waits for the network, so it has a thread of its own, for as long as it takes: one for
// each host, however many ask meanwhile and however often, so that a name server that is silent does not gather threads.
import CLinux
import Glibc
import Locking
import Net

final class NameLookup: Sendable {
  typealias Answer = Result<[SocketAddress], LookupFailed>

  static let shared = NameLookup { NameLookup.ask(for: $0) }

  private struct Waiter: Sendable {
    let loop: EventLoop
    let found: @Sendable (Answer) -> Void
  }

  /// Who waits for which lookup that is at work. Of one asker the last question alone: nobody waits for the earlier ones.
  private let waiting = Locked<[RedisHost: [ObjectIdentifier: Waiter]]>([:])
  private let resolve: @Sendable (RedisHost) -> Answer

  /// `resolve` may take as long as it likes.
  init(_ resolve: @escaping @Sendable (RedisHost) -> Answer) { self.resolve = resolve }

  /// Calls `found` on the loop with the addresses of `host`, in the resolver's order, or the reason why there are none; never,
  /// where `asker` asks for the same host again before.
  func addresses(
    of host: RedisHost, for asker: AnyObject, on loop: EventLoop, _ found: @escaping @Sendable (Answer) -> Void
  ) {
    if let literal = host.literal { return loop.execute { found(.success([literal])) } }
    let place = ObjectIdentifier(asker)
    let waiter = Waiter(loop: loop, found: found)
    let isAtWork = waiting.withLock { waiting in
      let isAtWork = waiting[host] != nil
      waiting[host, default: [:]][place] = waiter
      return isAtWork
    }
    if !isAtWork { begin(host) }
  }

  private func begin(_ host: RedisHost) {
    let work = Unmanaged.passRetained(Work { [self] in end(host, resolve(host)) })
    var thread = pthread_t()
    var everything = sigset_t()
    var before = sigset_t()
    sigfillset(&everything)
    pthread_sigmask(SIG_SETMASK, &everything, &before)
    let status = pthread_create(&thread, nil, runLookup, work.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    if status == 0 {
      pthread_detach(thread)
    } else {
      work.release()
      end(host, .failure(LookupFailed(reason: String(cString: strerror(status)))))
    }
  }

  private func end(_ host: RedisHost, _ answer: Answer) {
    let waiters = waiting.withLock { $0.removeValue(forKey: host) } ?? [:]
    for waiter in waiters.values { waiter.loop.execute { waiter.found(answer) } }
  }

  private static func ask(for host: RedisHost) -> Answer {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host.name, String(host.port), &hints, &list)
    guard status == 0 else { return .failure(LookupFailed(reason: String(cString: gai_strerror(status)))) }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ai_next
      guard [AF_INET, AF_INET6].contains(entry.ai_family), let address = entry.ai_addr else { continue }
      var storage = sockaddr_storage()
      withUnsafeMutableBytes(of: &storage) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: min(Int(entry.ai_addrlen), $0.count)))
      }
      addresses.append(SocketAddress(storage))
    }
    return addresses.isEmpty ? .failure(LookupFailed(reason: "the name has no address")) : .success(addresses)
  }

  fileprivate final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

struct LookupFailed: Error {
  let reason: String
}

private func runLookup(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  witan_name_thread("redis-lookup")
  Unmanaged<NameLookup.Work>.fromOpaque(argument).takeRetainedValue().body()
  return nil
}
