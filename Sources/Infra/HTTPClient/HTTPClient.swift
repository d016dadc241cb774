import Glibc
// Calls to other people's servers: key sets, webhooks, collectors, remote critics.
import Locking
import Net
import Resilience

/// A client on the event loops of a process.
///
///     let client = try HTTPClient(on: group.loops)
///     let answer = try await client.send(OutgoingRequest(.get, "https://example.org/keys"), deadline: .seconds(5))
///
/// Called on one of the loops, all happens on that loop's thread; from elsewhere the first loop does the work and the caller
/// is resumed where it was. Connections are kept for later requests. Redirects are followed only when the settings say
/// how many. Every address is judged when it is connected to, so that no name, redirect or change of a name's address leads
/// to a place that `settings.addresses` forbids. With a proxy it is the proxy that looks names up: then only hosts
/// written as addresses are judged here, and the proxy has to see to the rest.
///
/// Close it before its loops are stopped.
package final class HTTPClient: Sendable {
  private let drivers: [CurlDriver]
  private let settings: OutgoingSettings
  private let proxies: ProxyChoice

  /// `loops` must not be empty. Throws `invalid` when the proxy is not a URL or the file of authorities cannot be read.
  package init(on loops: [EventLoop], settings: OutgoingSettings = OutgoingSettings()) throws(OutgoingError) {
    precondition(!loops.isEmpty, "a client lives on a loop")
    if let path = settings.extraAuthorities, access(path, R_OK) != 0 {
      throw .invalid("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    self.settings = settings
    proxies = try ProxyChoice(settings.proxy, limit: settings.limits.urlBytes)
    drivers = loops.map { CurlDriver(loop: $0, settings: settings) }
  }

  deinit { close() }

  /// Ends what is under way with `closed`, and closes all connections. From any thread.
  package func close() {
    for driver in drivers { driver.loop.execute { driver.close() } }
  }

  /// Sends a request and waits for the whole answer, whatever its status. `deadline` is for everything together, redirects
  /// included; where the current deadline is sooner, that one counts. When the task is cancelled, the exchange is broken off.
  package nonisolated(nonsending) func send(
    _ request: OutgoingRequest, deadline: Duration
  ) async throws(OutgoingError) -> OutgoingAnswer {
    let end = Deadline.tightened(deadline).moment
    var request = request
    var followed = 0
    try request.checkFields()
    while true {
      let url = try OutgoingURL(request.url, limit: settings.limits.urlBytes)
      let left = end - ContinuousClock.now
      guard left > .zero else { throw .deadlinePassed(host: url.host) }
      let answer = try await exchange(request, url, left)
      guard settings.limits.redirects > 0, let target = answer.redirect else { return answer }
      followed += 1
      guard followed <= settings.limits.redirects else { throw .tooManyRedirects(limit: settings.limits.redirects) }
      request = try redirected(request, from: url, to: target, status: answer.status)
    }
  }

  /// The request that a redirect asks for (RFC 9110 section 15.4).
  private func redirected(
    _ request: OutgoingRequest, from old: OutgoingURL, to target: String, status: Int
  ) throws(OutgoingError) -> OutgoingRequest {
    let new: OutgoingURL
    do throws(OutgoingError) { new = try OutgoingURL(target, limit: settings.limits.urlBytes) } catch {
      throw .forbiddenRedirect(to: String(target.prefix(200)), reason: "\(error)")
    }
    guard old.scheme == "http" || new.scheme == "https" else {
      throw .forbiddenRedirect(to: new.host, reason: "it leaves TLS")
    }
    var next = request
    next.url = new.text
    if status == 303 && request.method != .head || status < 303 && request.method == .post {
      next.method = .get
      next.body = nil
      next.fields.removeAll { $0.name.lowercased().hasPrefix("content-") }
    }
    // Any other field may carry a secret, which stays where it was meant to go.
    if !new.hasOrigin(of: old) {
      guard next.body == nil else {
        throw .forbiddenRedirect(to: new.host, reason: "it would take the request's body elsewhere")
      }
      next.fields.removeAll { !["accept", "accept-language", "user-agent"].contains($0.name.lowercased()) }
    }
    return next
  }

  private nonisolated(nonsending) func exchange(
    _ request: OutgoingRequest, _ url: OutgoingURL, _ left: Duration
  ) async throws(OutgoingError) -> OutgoingAnswer {
    let proxy = proxies.proxy(for: url)
    if proxy != nil, let address = url.literalAddress {
      let kind = AddressKind(address)
      guard settings.addresses.allows(kind) else {
        throw .forbiddenAddress(host: url.host, address: address.hostText, kind: kind)
      }
    }
    let order = TransferOrder(
      request: request, host: url.host, url: url.text, proxy: proxy, milliseconds: left.milliseconds)
    let driver = drivers.first { $0.loop.isCurrent } ?? drivers[0]
    let ticket = Ticket()
    let result = await withTaskCancellationHandler {
      await Handover<TransferResult>.wait { waiter in
        if driver.loop.isCurrent {
          driver.begin(order, ticket, waiter)
        } else {
          driver.loop.execute { driver.begin(order, ticket, waiter) }
        }
      }
    } onCancel: {
      // Seen by `begin` when that comes later, and else it finds the exchange begun.
      ticket.isCancelled.store(true, ordering: .sequentiallyConsistent)
      driver.loop.execute { driver.cancel(ticket) }
    }
    return try result.get()
  }
}
