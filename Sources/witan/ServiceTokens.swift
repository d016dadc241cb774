// Whose tokens are accepted: those of the server's own key, and those of the key set that the configuration names.
import Config
import Crypto
import Tokens

struct ServiceTokens {
  let verifier: TokenVerifier
  /// The configured keys, read again now and then; nil where there are none.
  let foreign: KeyRing?

  init(_ configuration: Configuration, own key: SigningKey) {
    var policy = TokenPolicy()
    let issuers = configuration[Settings.issuers]
    let audiences = configuration[Settings.audiences]
    if !issuers.isEmpty { policy.issuers = Set(issuers) }
    if !audiences.isEmpty { policy.audiences = Set(audiences) }
    policy.leeway = Double(configuration[Settings.leeway].components.seconds)
    var authorities = [TokenAuthority(keys: KeyRing(JWKSet([key.verifying])), policy: policy)]
    foreign = configuration[Settings.keySet].map { KeySetFile.ring($0.text) }
    if let foreign { authorities.append(TokenAuthority(keys: foreign, policy: policy)) }
    verifier = TokenVerifier(authorities: authorities)
  }
}
