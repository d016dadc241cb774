// Reading a JSON Web Key. Each number must be written in the one way that RFC 7518 prescribes, the halves of a private key
// must belong together, and what the key says about itself must be possible.
import Crypto
import JSON

extension JWK {
  /// The key that `text` is as JSON. Unknown members are ignored (RFC 7517, section 4). What is secret in it stays in the
  /// caller's bytes and in bytes that are wiped here.
  package init(parsing text: RawSpan) throws(CryptoError) {
    let members: JWKMembers
    do throws(JSONRefusal) {
      members = try JSONReader.decode(text, limits: JWKSet.limits) { reader throws(JSONError) in
        try JWKMembers(from: &reader)
      }
    } catch { throw .malformed("a JWK is a JSON object: \(error)") }
    try self.init(members)
  }

  init(_ members: JWKMembers) throws(CryptoError) {
    switch try members.text("kty") {
    case "OKP": material = try JWK.readEdwards(members)
    case "EC": material = try JWK.readEllipticCurve(members)
    case "RSA": material = try JWK.readRSA(members)
    case "oct":
      var secret = try members.takeSecret("k")
      material = .symmetric(try SymmetricKey(moving: &secret))
    case let other: throw .badKey("the key type \(other.map(quoted) ?? "(none)") is not supported")
    }
    keyID = try members.text("kid")
    use = try members.text("use")
    operations = try members.texts("key_ops")
    algorithm = nil
    if let name = try members.text("alg") {
      guard let known = JWSAlgorithm(rawValue: name) else {
        throw .badKey("the key is for \(quoted(name)), which is no signature algorithm known here")
      }
      algorithm = known
      guard !algorithms.isEmpty else { throw .badKey("a key of its kind or length is not for \(name)") }
    }
  }

  private static func readEdwards(_ members: JWKMembers) throws(CryptoError) -> Material {
    let curve = try members.text("crv")
    guard curve == "Ed25519" else {
      throw .badKey("the curve \(curve.map(quoted) ?? "(none)") does not sign or is not supported")
    }
    let publicKey = try Ed25519.PublicKey(try members.bytes("x"))
    guard members.has("d") else { return .publicKey(.ed25519(publicKey)) }
    var seed = try members.takeSecret("d")
    defer { wipe(&seed) }
    let key = try Ed25519.PrivateKey(seed: seed)
    guard key.publicKey == publicKey else { throw .badKey("d is not the private half of x") }
    return .privateKey(.ed25519(key))
  }

  private static func readEllipticCurve(_ members: JWKMembers) throws(CryptoError) -> Material {
    switch try members.text("crv") {
    case CurveP256.name:
      let (publicKey, privateKey) = try readPoint(members, CurveP256.self)
      return privateKey.map { .privateKey(.p256($0)) } ?? .publicKey(.p256(publicKey))
    case CurveP384.name:
      let (publicKey, privateKey) = try readPoint(members, CurveP384.self)
      return privateKey.map { .privateKey(.p384($0)) } ?? .publicKey(.p384(publicKey))
    case CurveP521.name:
      let (publicKey, privateKey) = try readPoint(members, CurveP521.self)
      return privateKey.map { .privateKey(.p521($0)) } ?? .publicKey(.p521(publicKey))
    case let other: throw .badKey("the curve \(other.map(quoted) ?? "(none)") is not supported")
    }
  }

  private static func readPoint<Curve>(
    _ members: JWKMembers, _: Curve.Type
  ) throws(CryptoError) -> (ECDSA<Curve>.PublicKey, ECDSA<Curve>.PrivateKey?) {
    let publicKey = try ECDSA<Curve>.PublicKey(x: try members.bytes("x"), y: try members.bytes("y"))
    guard members.has("d") else { return (publicKey, nil) }
    var scalar = try members.takeSecret("d")
    defer { wipe(&scalar) }
    let key = try ECDSA<Curve>.PrivateKey(scalar: scalar)
    guard key.publicKey == publicKey else { throw .badKey("d is not the private half of x and y") }
    return (publicKey, key)
  }

  private static func readRSA(_ members: JWKMembers) throws(CryptoError) -> Material {
    let modulus = try members.bytes("n")
    let exponent = try members.bytes("e")
    guard members.has("d") else {
      return .publicKey(.rsa(try RSA.PublicKey(modulus: modulus, exponent: exponent)))
    }
    guard !members.has("oth") else { throw .badKey("RSA keys of more than two primes are not supported") }
    // RFC 7518, section 6.3.2: with one of the others, all must be there.
    let factored = privateNumbers.dropFirst().contains { members.has($0) }
    var numbers = [modulus, exponent]
    defer { for index in numbers.indices { wipe(&numbers[index]) } }
    for name in factored ? privateNumbers : ["d"] { numbers.append(try members.takeSecret(name)) }
    return .privateKey(.rsa(try RSA.PrivateKey(numbers: numbers)))
  }
}
