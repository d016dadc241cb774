// The keys of a data folder that this program makes and reads: the one that signs tokens and permits.
import Config
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

  /// Reads `DIR/keys/token.pem`, or what the configuration names instead, made on first use.
  init(data: String, _ configuration: Configuration) throws {
    let paths = LedgerPaths(folder: data)
    for folder in [paths.folder, paths.keys] { mkdir(folder, 0o700) }
    path = Self.path(data: data, configuration)
    let passphrase = try KeySettings.passphrase(configuration)
    let key = try KeyFile.privateKey(at: path, passphrase: passphrase) { () throws(CryptoError) in
      .ed25519(try Ed25519.PrivateKey())
    }
    signing = try SigningKey(key)
  }

  static func path(data: String, _ configuration: Configuration) -> String {
    configuration[KeySettings.token]?.text ?? "\(LedgerPaths(folder: data).keys)/token.pem"
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
