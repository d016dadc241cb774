// `witan token create` and `witan token verify`.
import Chamber
import Config
import Crypto
import Glibc
import JSON
import Tokens

let tokenCommand = Command(
  "token", "Makes and checks the tokens that requests carry.", commands: [tokenCreateCommand, tokenVerifyCommand])

private let knownRoles = ["decider", "auditor", "reviewer", "admin"]
private let role = RepeatedOption<String>(
  "role", value: "ROLE", required: true, choices: knownRoles, "decider, auditor, reviewer or admin.")
private let subject = Option<String>("subject", value: "NAME", required: true, "Who the token is for.")
private let lifetime = Option<Duration>("ttl", value: "DURATION", "How long it is valid; 1h if not given.")
private let issuerName = Option<String>("iss", value: "NAME", "Its issuer, where the server asks for one.")
private let audience = RepeatedOption<String>("aud", value: "NAME", "Whom it is for, where the server asks for that.")
private let dataFolder = Option<FilePath>("data", value: "DIR", "The data folder whose key signs; ./data if not given.")

private let tokenCreateCommand = Command(
  "create", "Prints a token, and nothing else.",
  options: [
    role.declaration, subject.declaration, lifetime.declaration, issuerName.declaration, audience.declaration,
    dataFolder.declaration,
  ]
) { invocation in
  for each in invocation[role] where !knownRoles.contains(each) {
    let meant = NearestName.suggestion(for: each, among: knownRoles).map { "; did you mean \($0)?" } ?? ""
    throw UsageError("there is no role \"\(each)\"\(meant); the roles are \(knownRoles.joined(separator: ", "))")
  }
  let folder = invocation[dataFolder]?.text ?? "./data"
  let configuration = try KeySettings.found()
  let isNew = access(ServiceKeys.path(data: folder, configuration), F_OK) != 0
  let keys = try ServiceKeys(data: folder, configuration)
  if isNew {
    writeText(
      "witan: there was no key in \(folder), so \(keys.path) was made: only a server with this data folder accepts the "
        + "token. If one runs already with another, name its folder with --data.\n", to: 2)
  }
  let seconds = Double((invocation[lifetime] ?? .seconds(3600)).components.seconds)
  writeText(
    try keys.token(
      subject: invocation[subject] ?? "", roles: invocation[role], lifetime: seconds, issuer: invocation[issuerName],
      audience: invocation[audience]) + "\n", to: 1)
  return .fine
}

extension ServiceKeys {
  func token(
    subject: String, roles: [String], lifetime: Double, issuer: String?, audience: [String]
  ) throws(CryptoError) -> String {
    try TokenIssuer(key: signing, issuer: issuer, audience: audience).issue(
      subject: subject, lifetime: lifetime, now: WallClock.seconds(),
      claims: [("roles", .array(roles.map { .string($0) }))])
  }
}

private let keySetFile = Option<FilePath>("jwks", value: "FILE", required: true, "The keys: a JWK set, or one JWK.")
private let algorithm = RepeatedOption<String>("alg", value: "ALG", "An algorithm that is allowed; any if not given.")
private let raw = Flag("raw", "Check the signature only, and print the payload.")

private let tokenVerifyCommand = Command(
  "verify", "Checks a token; exits with 0 if it is valid, with 1 if not.",
  options: [keySetFile.declaration, algorithm.declaration, raw.declaration],
  operands: [Operand("TOKEN", "The token, in compact form.")]
) { invocation in
  for name in invocation[algorithm] where JWSAlgorithm(rawValue: name) == nil {
    throw UsageError("there is no algorithm \"\(name)\"")
  }
  let keySet = try KeyFile.readAnybodys(invocation[keySetFile]?.text ?? "", maximumLength: JWKSet.maximumBytes)
  do throws(TokenRefusal) {
    let payload = try TokenInspection.verify(
      Array(invocation.operands[0].utf8), keySet: keySet.span, algorithms: invocation[algorithm],
      signatureOnly: invocation[raw], now: WallClock.seconds())
    writeBytes(payload, to: 1)
    if !invocation[raw] { writeText("\n", to: 1) }
    return .fine
  } catch {
    writeText("not valid: \(error)\n", to: 2)
    return .foundWrong
  }
}

/// Writes bytes as they are.
func writeBytes(_ bytes: [UInt8], to descriptor: Int32) {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count <= 0 { return }
    rest = rest.dropFirst(count)
  }
}
