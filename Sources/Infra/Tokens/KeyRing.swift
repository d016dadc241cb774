// The keys that tokens are checked with, and how they change while the service runs: an issuer adds a key, signs with it
// later, and takes the old one away, without a moment in which good tokens are refused.
import Crypto
import Locking

/// Holds the current keys and renews them from where they come from.
///
/// Renewing never makes things worse: a set that cannot be fetched or read leaves the earlier one in force, until it is
/// older than `maximumAge`. A key that is gone from the new set is retired, with everything remembered under it.
package final class KeyRing: Sendable {
  /// How a set arrives: the bytes of a JWK set. The address it comes from is the owner's; no token has a say in it.
  package typealias Source = @Sendable () async throws -> [UInt8]
  /// How a set arrives that is read where it comes from, since its bytes are secret.
  package typealias SetSource = @Sendable () async throws -> JWKSet

  package struct Limits: Sendable {
    /// Seconds after which the keys are renewed although nobody asked (`refreshIfDue`).
    package var refreshInterval = 300.0
    /// Seconds that must pass between two fetches caused by tokens of unknown keys: a flood of them causes one.
    package var unknownKeyInterval = 30.0
    /// Seconds after which keys that could not be renewed are no longer trusted.
    package var maximumAge = 86_400.0
    /// Seconds after which a fetch counts as failed, and nobody waits for it any longer.
    package var fetchTimeout = 10.0

    package init(
      refreshInterval: Double = 300, unknownKeyInterval: Double = 30, maximumAge: Double = 86_400,
      fetchTimeout: Double = 10
    ) {
      self.refreshInterval = refreshInterval
      self.unknownKeyInterval = unknownKeyInterval
      self.maximumAge = maximumAge
      self.fetchTimeout = fetchTimeout
    }
  }

  private struct State {
    var keys: VerificationKeys
    /// Names of keys that must never count again.
    var revoked: Set<String> = []
    var renewedAt: Double?
    var triedAt = -Double.infinity
    var failure = "they were not fetched yet"
    var flights = 0
    var flight: Flight?
  }

  /// A fetch under way, and who waits for its end.
  private struct Flight {
    let number: Int
    var waiting: [CheckedContinuation<Bool, Never>]
    var timer: Task<Void, Never>?
  }

  private enum Outcome: Sendable {
    case fetched(JWKSet)
    case failed(String)
  }

  private let state: Locked<State>
  private let source: SetSource?
  private let algorithms: Set<JWSAlgorithm>
  private let limits: Limits

  /// Keys that never change.
  package init(_ set: JWKSet, algorithms: Set<JWSAlgorithm> = JWSAlgorithm.standard) {
    state = Locked(State(keys: VerificationKeys(set, allowing: algorithms), renewedAt: .infinity))
    source = nil
    self.algorithms = algorithms
    limits = Limits()
  }

  /// Keys from where strangers can read them (a URL), empty until the first `refresh`. The set must hold no secrets.
  package convenience init(
    source: @escaping Source, algorithms: Set<JWSAlgorithm> = JWSAlgorithm.standard, limits: Limits = Limits()
  ) {
    self.init(
      sets: { try JWKSet(parsing: try await source(), secrets: .refused) }, algorithms: algorithms, limits: limits)
  }

  /// Keys from a source that has read them itself, empty until the first `refresh`.
  package init(
    sets source: @escaping SetSource, algorithms: Set<JWSAlgorithm> = JWSAlgorithm.standard, limits: Limits = Limits()
  ) {
    state = Locked(State(keys: .none))
    self.source = source
    self.algorithms = algorithms
    self.limits = limits
  }

  /// Whether looking again could bring keys that are not here now.
  var isRenewable: Bool { source != nil }

  /// The keys to check with now.
  package func current(now: Double) throws(TokenRefusal) -> VerificationKeys {
    try requireTrust(now: now)
    return state.withLock { $0.keys }
  }

  /// Throws where there are no keys, or none that are fresh enough.
  func requireTrust(now: Double) throws(TokenRefusal) {
    // Keys that never change need no look.
    guard source != nil else { return }
    let (renewedAt, failure) = state.withLock { ($0.renewedAt, $0.failure) }
    guard let renewedAt else { throw .keysUnavailable(failure) }
    guard now - renewedAt <= limits.maximumAge else {
      throw .keysUnavailable("they could not be renewed for too long: \(failure)")
    }
  }

  /// Why the last renewal failed, or nil if it did not.
  package var lastFailure: String? { state.withLock { $0.failure.isEmpty ? nil : $0.failure } }

  /// Fetches the keys anew. Calls that come while one runs wait for the same fetch. Returns whether it succeeded.
  @discardableResult
  package func refresh(now: Double) async -> Bool {
    guard let source else { return true }
    return await withCheckedContinuation { waiter in
      let number = state.withLock { state -> Int? in
        state.flight?.waiting.append(waiter)
        guard state.flight == nil else { return nil }
        state.triedAt = now
        state.flights += 1
        state.flight = Flight(number: state.flights, waiting: [waiter])
        return state.flights
      }
      if let number { start(number, source, now: now) }
    }
  }

  /// For a timer: fetches when the interval has passed.
  package func refreshIfDue(now: Double) async {
    let due = state.withLock { now - $0.triedAt >= limits.refreshInterval }
    if due { await refresh(now: now) }
  }

  /// Fetches because a token named a key that is not known, unless that was done a moment ago. Returns whether
  /// it was tried, so that it is worth looking again.
  func refreshForUnknownKey(now: Double) async -> Bool {
    guard source != nil else { return false }
    let allowed = state.withLock { $0.flight != nil || now - $0.triedAt >= limits.unknownKeyInterval }
    if allowed { await refresh(now: now) }
    return allowed
  }

  /// Takes the keys of this name (`VerificationKey.isNamed`) away at once and for good: they are not used even if a later
  /// set has them again. Returns whether there is one now.
  @discardableResult
  package func retire(_ name: String) -> Bool {
    state.withLock { state in
      state.revoked.insert(name)
      let named = state.keys.keys.filter { $0.isNamed(name) }
      for key in named { key.retire() }
      return !named.isEmpty
    }
  }

  /// Starts the fetch and its timer; whichever ends first lands the flight.
  private func start(_ number: Int, _ source: @escaping SetSource, now: Double) {
    let fetch = Task { self.land(number, await self.fetch(source), now: now) }
    let timer = Task {
      guard (try? await Task.sleep(for: .seconds(self.limits.fetchTimeout))) != nil else { return }
      self.land(number, .failed("no answer within \(self.limits.fetchTimeout) seconds"), now: now)
      fetch.cancel()
    }
    let isFlying = state.withLock { state in
      guard state.flight?.number == number else { return false }
      state.flight?.timer = timer
      return true
    }
    if !isFlying { timer.cancel() }
  }

  private func fetch(_ source: SetSource) async -> Outcome {
    do { return .fetched(try await source()) } catch let error as CryptoError {
      return .failed("\(error)")
    } catch {
      return .failed("fetching failed: \(error)")
    }
  }

  private func land(_ number: Int, _ outcome: Outcome, now: Double) {
    let (flight, succeeded) = state.withLock { state -> (Flight?, Bool) in
      guard let flight = state.flight, flight.number == number else { return (nil, false) }
      state.flight = nil
      switch outcome {
      case .failed(let reason): state.failure = reason
      case .fetched(let set): install(set, in: &state, now: now)
      }
      return (flight, state.failure.isEmpty)
    }
    flight?.timer?.cancel()
    for waiter in flight?.waiting ?? [] { waiter.resume(returning: succeeded) }
  }

  private func install(_ set: JWKSet, in state: inout State, now: Double) {
    let earlier = state.keys
    let keys = VerificationKeys(set, allowing: algorithms, keeping: earlier)
    guard !keys.keys.isEmpty else {
      state.failure = "the set has no usable key" + (keys.ignored.first.map { ": \($0.reason)" } ?? "")
      return
    }
    for key in keys.keys where state.revoked.contains(where: key.isNamed) { key.retire() }
    for key in earlier.keys where !keys.keys.contains(where: { $0 === key }) { key.retire() }
    state.keys = keys
    state.renewedAt = now
    state.failure = ""
  }
}
