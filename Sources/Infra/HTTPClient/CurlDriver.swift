import CCurl
import Glibc
// libcurl's multi handle on an event loop: libcurl says which descriptors and which moment it waits for, the loop tells it
// when they have come, and nothing blocks. The one thread beside the loop's is libcurl's own, for as long as a name lookup
// by getaddrinfo(3) takes.
import Locking
import Net

/// The exchanges and the connections of one loop.
///
/// Proof for `@unchecked Sendable`: all state is touched by the loop's thread alone; other threads only hand the object on
/// to `loop.execute`.
final class CurlDriver: @unchecked Sendable {
  let loop: EventLoop
  private let settings: OutgoingSettings

  private var multi: UnsafeMutableRawPointer?
  private var transfers: [ObjectIdentifier: Transfer] = [:]
  private var tickets: [UnsafeMutableRawPointer: ObjectIdentifier] = [:]
  private var watches: [Int32: Watch] = [:]
  /// Transfers that the loop could not watch a descriptor for.
  private var unwatched: [(easy: UnsafeMutableRawPointer, error: SystemError)] = []
  private var timer = WantedMoment()
  private var isClosed = false

  init(loop: EventLoop, settings: OutgoingSettings) {
    self.loop = loop
    self.settings = settings
  }

  // MARK: Exchanges

  /// Begins an exchange; its waiter is told the end, whatever it is.
  func begin(_ order: TransferOrder, _ ticket: Ticket, _ waiter: Handover<TransferResult>) {
    loop.preconditionOnLoop()
    func refuse(_ error: OutgoingError) { waiter.give(.failure(error)) }
    guard !isClosed else { return refuse(.closed) }
    guard !ticket.isCancelled.load(ordering: .sequentiallyConsistent) else { return refuse(.cancelled) }
    guard transfers.count < settings.limits.requestsPerLoop else {
      return refuse(.overloaded(limit: settings.limits.requestsPerLoop))
    }
    guard let multi = open(),
      let transfer = Transfer(order, ticket: ticket, settings: settings, waiter: waiter)
    else { return refuse(.system(SystemError("curl_easy_init", ENOMEM))) }
    do throws(OutgoingError) {
      try transfer.prepare(closer: Unmanaged.passUnretained(self).toOpaque())
    } catch {
      return refuse(error)
    }
    let key = ObjectIdentifier(ticket)
    transfers[key] = transfer
    tickets[transfer.easy] = key
    let code = curl_multi_add_handle(multi, transfer.easy)
    // What it wants first it has said through its timer.
    if code != CURLM_OK {
      transfers[key] = nil
      tickets[transfer.easy] = nil
      transfer.end(.failure(.invalid("libcurl: \(String(cString: curl_multi_strerror(code)))")))
    }
  }

  /// Ends an exchange that nobody waits for any longer, if it has not ended yet. Its connection is closed.
  func cancel(_ ticket: Ticket) {
    loop.preconditionOnLoop()
    guard let transfer = transfers[ObjectIdentifier(ticket)] else { return }
    end(transfer, .failure(.cancelled))
  }

  /// Ends every exchange and closes every connection.
  func close() {
    loop.preconditionOnLoop()
    isClosed = true
    for transfer in Array(transfers.values) { end(transfer, .failure(.closed)) }
    if let multi { curl_multi_cleanup(multi) }
    multi = nil
    for descriptor in watches.keys { loop.forget(descriptor) }
    watches = [:]
  }

  private func end(_ transfer: Transfer, _ result: TransferResult) {
    curl_multi_remove_handle(multi, transfer.easy)
    tickets[transfer.easy] = nil
    transfers[ObjectIdentifier(transfer.ticket)] = nil
    transfer.end(result)
  }

  /// libcurl's handle, made on first use.
  private func open() -> UnsafeMutableRawPointer? {
    if let multi { return multi }
    guard CurlDriver.isReady, let made = curl_multi_init() else { return nil }
    let own = Unmanaged.passUnretained(self).toOpaque()
    guard witan_curl_multi_set_sockets(made, socketWanted, own) == CURLM_OK,
      witan_curl_multi_set_timer(made, timerWanted, own) == CURLM_OK,
      witan_curl_multi_set_number(made, CURLMOPT_MAXCONNECTS, settings.limits.idleConnectionsPerLoop) == CURLM_OK
    else {
      curl_multi_cleanup(made)
      return nil
    }
    multi = made
    return made
  }

  /// libcurl's global state, made once for the process.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  // MARK: What has come

  fileprivate func ready(_ descriptor: Int32, _ events: Int32) {
    guard let multi else { return }
    var running: Int32 = 0
    curl_multi_socket_action(multi, descriptor, events, &running)
    settle(multi)
  }

  private func momentHasCome() {
    guard let multi else { return }
    var running: Int32 = 0
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
    settle(multi)
  }

  /// Tells the waiters of all that has ended.
  private func settle(_ multi: UnsafeMutableRawPointer) {
    for (easy, error) in unwatched {
      if let transfer = transfer(easy) { end(transfer, .failure(.system(error))) }
    }
    unwatched = []
    var code = CURLE_OK
    while let easy = witan_curl_next_ended(multi, &code) {
      guard let transfer = transfer(easy) else { continue }
      end(transfer, transfer.result(code))
    }
  }

  private func transfer(_ easy: UnsafeMutableRawPointer) -> Transfer? { tickets[easy].flatMap { transfers[$0] } }

  // MARK: What libcurl wants; none of this calls libcurl

  fileprivate func want(_ descriptor: Int32, _ what: Int32, for easy: UnsafeMutableRawPointer?) {
    guard let readiness = Readiness(curl: what) else { return forget(descriptor) }
    do throws(SystemError) {
      if let watch = watches[descriptor] {
        if watch.readiness != readiness { try loop.change(descriptor, to: readiness) }
        watch.readiness = readiness
      } else {
        let watch = Watch(descriptor, readiness, self)
        try loop.watch(descriptor, for: readiness, watch)
        watches[descriptor] = watch
      }
    } catch {
      if let easy { unwatched.append((easy, error)) }
    }
  }

  fileprivate func forget(_ descriptor: Int32) {
    if watches.removeValue(forKey: descriptor) != nil { loop.forget(descriptor) }
  }

  /// Asks to be called in so many milliseconds; negative ones mean not at all.
  fileprivate func want(timer milliseconds: Int) {
    let now = monotonicNanoseconds()
    timer.moment = milliseconds < 0 ? nil : now + UInt64(milliseconds) * 1_000_000
    arm(now)
  }

  private func arm(_ now: UInt64) {
    guard let delay = timer.alarm(now) else { return }
    loop.schedule(after: delay) { [weak self] in
      guard let self else { return }
      let now = monotonicNanoseconds()
      if timer.hasCome(now) { momentHasCome() }
      arm(monotonicNanoseconds())
    }
  }
}

/// The moment that libcurl waits for, which it changes far more often than it comes. Alarms are never taken back: one that
/// rings too early sets the next, and none is set while an earlier one is still to ring.
private struct WantedMoment {
  var moment: UInt64?
  /// Set and not yet rung, the earliest last.
  private var alarms: [UInt64] = []

  /// How long until the alarm that has to be set now, or nil.
  mutating func alarm(_ now: UInt64) -> UInt64? {
    guard let moment, alarms.last.map({ moment < $0 }) ?? true else { return nil }
    alarms.append(moment)
    return moment > now ? moment - now : 0
  }

  /// Called when an alarm rings: whether the moment has come, which is then over.
  mutating func hasCome(_ now: UInt64) -> Bool {
    alarms.removeLast()
    guard let moment, moment <= now else { return false }
    self.moment = nil
    return true
  }
}

/// One descriptor of libcurl's.
private final class Watch: DescriptorHandler {
  private let descriptor: Int32
  fileprivate var readiness: Readiness
  private unowned let driver: CurlDriver

  init(_ descriptor: Int32, _ readiness: Readiness, _ driver: CurlDriver) {
    self.descriptor = descriptor
    self.readiness = readiness
    self.driver = driver
  }

  func ready(_ found: Readiness) {
    var events: Int32 = 0
    // What failed shows when it is read or written; told as an error, libcurl would drop what has arrived before.
    if found.hasAny(of: [.read, .failed]) { events |= CURL_CSELECT_IN }
    if found.hasAny(of: [.write, .failed]) { events |= CURL_CSELECT_OUT }
    driver.ready(descriptor, events)
  }
}

extension Readiness {
  /// Nil when there is nothing more to watch for.
  fileprivate init?(curl what: Int32) {
    switch what {
    case CURL_POLL_IN: self = .read
    case CURL_POLL_OUT: self = .write
    case CURL_POLL_INOUT: self = [.read, .write]
    default: return nil
    }
  }
}

/// The driver that a callback was given: it lives as long as its multi handle, which `close` ends.
private func driver(_ context: UnsafeMutableRawPointer?) -> CurlDriver {
  Unmanaged<CurlDriver>.fromOpaque(context!).takeUnretainedValue()
}

private let socketWanted: curl_socket_callback = { easy, descriptor, what, context, _ in
  driver(context).want(descriptor, what, for: easy)
  return 0
}

private let timerWanted: curl_multi_timer_callback = { _, milliseconds, context in
  driver(context).want(timer: milliseconds)
  return 0
}

/// For every connection's end. libcurl may close without having said that it stopped watching.
let closeSocket: witan_curl_closer = { context, descriptor in
  driver(context).forget(descriptor)
  return close(descriptor)
}
