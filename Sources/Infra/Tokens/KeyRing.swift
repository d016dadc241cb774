// The keys that tokens are checked with, and how they change while the service runs: an issuer adds a key, signs with it
// later, and takes the old one away, without a moment in which good tokens are refused.
import Crypto
import Synchronization

/// Holds the current keys and renews them from where they come from.
///
/// Renewing never makes things worse: a set that cannot be fetched or read leaves the earlier one in force, until it is
/// older than `maximumAge`. A key that is gone from the new set is retired, with everything remembered under it.
package final class KeyRing: Sendable {
  /// How a set arrives: the bytes of a JWK set. The address it comes from is the owner's; no token has a say in it.
  package typealias Source = @Sendable () async throws -> [UInt8]

  package struct Limits: Sendable {
    /// Seconds after which the keys are renewed although nobody asked (`refreshIfDue`).
    package var refreshInterval = 300.0
    /// Seconds that must pass between two fetches caused by tokens of unknown keys: a flood of them causes one.
    package var unknownKeyInterval = 30.0
    /// Seconds after which keys that could not be renewed are no longer trusted.
    package var maximumAge = 86_400.0

    package init(refreshInterval: Double = 300, unknownKeyInterval: Double = 30, maximumAge: Double = 86_400) {
      self.refreshInterval = refreshInterval
      self.unknownKeyInterval = unknownKeyInterval
      self.maximumAge = maximumAge
    }
  }

  private struct State {
    var keys: VerificationKeys
    var revoked: Set<Digest> = []
    var renewedAt: Double?
    var triedAt = -Double.infinity
    var failure = "they were not fetched yet"
    var running: Task<Bool, Never>?
  }

  private let state: Mutex<State>
  private let source: Source?
  private let secrets: JWKSet.Secrets
  private let algorithms: Set<JWSAlgorithm>
  private let limits: Limits

  /// Keys that never change.
  package init(_ set: JWKSet, algorithms: Set<JWSAlgorithm> = JWSAlgorithm.standard) {
    state = Mutex(State(keys: VerificationKeys(set, allowing: algorithms), renewedAt: .infinity))
    source = nil
    secrets = .allowed
    self.algorithms = algorithms
    limits = Limits()
  }

  /// Keys from somewhere else, empty until the first `refresh`. A set that strangers can read (a URL) must not hold
  /// secrets; a private file may.
  package init(
    source: @escaping Source, secrets: JWKSet.Secrets = .refused,
    algorithms: Set<JWSAlgorithm> = JWSAlgorithm.standard, limits: Limits = Limits()
  ) {
    state = Mutex(State(keys: .none))
    self.source = source
    self.secrets = secrets
    self.algorithms = algorithms
    self.limits = limits
  }

  /// The keys to check with now.
  package func current(now: Double) throws(TokenRefusal) -> VerificationKeys {
    let (keys, renewedAt, failure) = state.withLock { ($0.keys, $0.renewedAt, $0.failure) }
    guard let renewedAt else { throw .keysUnavailable(failure) }
    guard now - renewedAt <= limits.maximumAge else {
      throw .keysUnavailable("they could not be renewed for too long: \(failure)")
    }
    return keys
  }

  /// Why the last renewal failed, or nil if it did not.
  package var lastFailure: String? { state.withLock { $0.failure.isEmpty ? nil : $0.failure } }

  /// Fetches the keys anew. Calls that come while one runs wait for the same fetch. Returns whether it succeeded.
  @discardableResult
  package func refresh(now: Double) async -> Bool {
    guard let source else { return true }
    let task = state.withLock { state -> Task<Bool, Never> in
      if let running = state.running { return running }
      state.triedAt = now
      let task = Task { await self.renew(from: source, now: now) }
      state.running = task
      return task
    }
    return await task.value
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
    let allowed = state.withLock { $0.running != nil || now - $0.triedAt >= limits.unknownKeyInterval }
    if allowed { await refresh(now: now) }
    return allowed
  }

  /// Takes a key away at once and for good: it is not used even if a later set has it again.
  package func retire(_ thumbprint: Digest) {
    state.withLock { state in
      state.revoked.insert(thumbprint)
      for key in state.keys.keys where key.thumbprint == thumbprint { key.retire() }
    }
  }

  private func renew(from source: Source, now: Double) async -> Bool {
    let outcome: Result<JWKSet, CryptoError>
    do {
      let bytes = try await source()
      do throws(CryptoError) {
        let set = try JWKSet(parsing: bytes, secrets: secrets)
        outcome = set.keys.isEmpty ? .failure(.malformed("the set has no usable key")) : .success(set)
      } catch {
        outcome = .failure(error)
      }
    } catch {
      outcome = .failure(.malformed("fetching failed: \(error)"))
    }
    return state.withLock { state in
      state.running = nil
      switch outcome {
      case .failure(let error):
        state.failure = "\(error)"
        return false
      case .success(let set):
        install(set, in: &state)
        state.renewedAt = now
        state.failure = ""
        return true
      }
    }
  }

  private func install(_ set: JWKSet, in state: inout State) {
    let earlier = state.keys
    let keys = VerificationKeys(set, allowing: algorithms, keeping: earlier)
    for key in keys.keys where state.revoked.contains(key.thumbprint) { key.retire() }
    for key in earlier.keys where !keys.keys.contains(where: { $0 === key }) { key.retire() }
    state.keys = keys
  }
}
