// A key set in a file. Secrets are accepted from a file that only this program's user can read; public keys from any.
import Crypto

package enum KeySetFile {
  /// Reads the set at `path`. Its bytes stay in memory that is wiped.
  package static func read(_ path: String) throws(FileError) -> JWKSet {
    do throws(FileError) {
      let secret = try KeyFile.read(path, maximumLength: JWKSet.maximumBytes)
      return try parse(secret.span, path: path, secrets: .allowed)
    } catch {
      switch error {
      case .openToOthers, .ownedBySomebodyElse:
        let bytes = try KeyFile.readPublic(path, maximumLength: JWKSet.maximumBytes, trusted: true)
        return try parse(bytes.span.bytes, path: path, secrets: .refused)
      default: throw error
      }
    }
  }

  /// The file as the source of a `KeyRing`: read again at every refresh.
  package static func ring(
    _ path: String, algorithms: Set<JWSAlgorithm> = JWSAlgorithm.standard, limits: KeyRing.Limits = .init()
  ) -> KeyRing {
    KeyRing(sets: { try read(path) }, algorithms: algorithms, limits: limits)
  }

  private static func parse(
    _ bytes: RawSpan, path: String, secrets: JWKSet.Secrets
  ) throws(FileError) -> JWKSet {
    do throws(CryptoError) { return try JWKSet(parsing: bytes, secrets: secrets) } catch {
      throw .unreadable(path: path, reason: error)
    }
  }
}
