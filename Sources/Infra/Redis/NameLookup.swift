// A host's addresses. getaddrinfo(3) waits for the network, so it has a thread of its own, for as long as it takes.
import CLinux
import Glibc
import Net

enum NameLookup {
  /// Calls `found` on the loop with the addresses of `host`, in the resolver's order, or the reason why there are none.
  static func addresses(
    of host: RedisHost, on loop: EventLoop,
    _ found: @escaping @Sendable (Result<[SocketAddress], LookupFailed>) -> Void
  ) {
    if let literal = host.literal { return loop.execute { found(.success([literal])) } }
    let work = Unmanaged.passRetained(
      Work {
        let result = resolve(host)
        loop.execute { found(result) }
      })
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
      loop.execute { found(.failure(LookupFailed(reason: String(cString: strerror(status))))) }
    }
  }

  private static func resolve(_ host: RedisHost) -> Result<[SocketAddress], LookupFailed> {
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
