// The keys of a data folder that this program makes and reads: the one that signs tokens and permits.
import Crypto
import Engine
import Glibc
import HTTP
import Ledger
import Tokens

struct ServiceKeys: PermitSigner {
  /// Signs tokens and permits.
  let signing: SigningKey
  let path: String

  /// Reads `DIR/keys/token.pem`, made on first use.
  init(data: String) throws {
    let paths = LedgerPaths(folder: data)
    for folder in [paths.folder, paths.keys] { mkdir(folder, 0o700) }
    path = "\(paths.keys)/token.pem"
    let pem = try KeyFile.readOrCreate(path) { () throws(CryptoError) in
      try PrivateKey.ed25519(Ed25519.PrivateKey()).pem()
    }
    signing = try SigningKey(PrivateKey(pem: pem.span))
  }

  /// The public half, for everybody.
  var published: JWKSet { JWKSet([signing.published].compactMap { $0 }) }

  func sign(_ claims: [UInt8], type: String) throws(PermitFailure) -> String {
    do throws(CryptoError) {
      return try signing.compact(claims.span.bytes, type: type)
    } catch {
      throw PermitFailure("\(error)")
    }
  }
}
