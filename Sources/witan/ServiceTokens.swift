import Chamber
// Whose tokens are accepted: those of the server's own key, and those of the key set that the configuration names.
import Config
import Crypto
import Engine
import HTTPClient
import Resilience
import Tokens

struct ServiceTokens {
  let verifier: TokenVerifier
  /// The configured keys, read again now and then; nil where there are none.
  let foreign: KeyRing?

  /// `client` fetches the keys when they are at a URL.
  init(
    _ configuration: Configuration, own key: SigningKey, client: HTTPClient, breakers: BreakerBoard,
    degradations: DegradationBoard
  ) throws {
    let issuers = configuration[Settings.issuers]
    let audiences = configuration[Settings.audiences]
    var policy = TokenPolicy()
    if !audiences.isEmpty { policy.audiences = Set(audiences) }
    policy.leeway = Double(configuration[Settings.leeway].components.seconds)
    var authorities = [TokenAuthority(keys: KeyRing(JWKSet([key.verifying])), policy: policy)]
    try Self.check(configuration)
    if !issuers.isEmpty { policy.issuers = Set(issuers) }
    let limits = KeyRing.Limits(
      unknownKeyInterval: Double(configuration[Settings.keySetInterval].components.seconds))
    switch configuration[Settings.keySet] {
    case nil: foreign = nil
    case .file(let path):
      let mayBeWeak = configuration[StartChecks.development]
      foreign = KeyRing(sets: { try StartChecks.keySet(at: path.text, mayBeWeak: mayBeWeak) }, limits: limits)
    case .url(let url, let text):
      foreign = try KeyRing.fetched(
        from: url, text: text, with: client, behind: breakers.breaker("tokens.jwks"), board: degradations,
        allowsLoopback: configuration[Settings.outgoingLoopback],
        mayBeWeak: configuration[StartChecks.development], limits: limits)
    }
    if let foreign { authorities.append(TokenAuthority(keys: foreign, policy: policy)) }
    verifier = TokenVerifier(authorities: authorities)
  }

  /// Others' keys vouch for their issuers' tokens, or for tokens made for this server; for nothing beyond.
  static func check(_ configuration: Configuration) throws(UsageError) {
    if configuration[Settings.keySet] != nil, configuration[Settings.issuers].isEmpty,
      configuration[Settings.audiences].isEmpty
    {
      throw UsageError("needs tokens.issuers or tokens.audiences: of what tokens are those keys trusted?")
    }
  }

  /// Obeys what the ledger says is revoked: at the start all of it, later each revocation before it is answered.
  func obey(_ revocation: Revocation) {
    verifier.revoke(revocation.revoked, now: WallClock.seconds())
  }

  /// Reads the configured keys anew, as a reload asks. Where that fails the earlier ones stay.
  func renewKeys(_ telemetry: ServiceTelemetry) async {
    guard let foreign, await !foreign.refresh(now: WallClock.seconds()) else { return }
    telemetry.keysNotRenewed(foreign.lastFailure ?? "no reason given")
  }
}
