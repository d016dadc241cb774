// A key set in a file. Secrets are accepted from a file that only this program's user can read; public keys from any.
import Crypto

package enum KeySetFile {
  /// Reads the set at `path`.
  package static func read(_ path: String) throws(FileError) -> JWKSet {
    let (bytes, secrets) = try load(path)
    return try parse(bytes, path: path, secrets: secrets)
  }

  /// The file as the source of a `KeyRing`: read again at every refresh.
  package static func ring(
    _ path: String, algorithms: Set<JWSAlgorithm> = JWSAlgorithm.standard, limits: KeyRing.Limits = .init()
  ) -> KeyRing {
    let source: KeyRing.Source = {
      let (bytes, secrets) = try load(path)
      _ = try parse(bytes, path: path, secrets: secrets)
      return bytes
    }
    // Whether secrets are acceptable was decided by the file's mode, at each reading.
    return KeyRing(source: source, secrets: .allowed, algorithms: algorithms, limits: limits)
  }

  private static func load(_ path: String) throws(FileError) -> ([UInt8], JWKSet.Secrets) {
    do throws(FileError) {
      let secret = try KeyFile.read(path, maximumLength: JWKSet.maximumBytes)
      return (secret.withUnsafeBytes { Array($0) }, .allowed)
    } catch {
      switch error {
      case .openToOthers, .ownedBySomebodyElse:
        return (try KeyFile.readPublic(path, maximumLength: JWKSet.maximumBytes, trusted: true), .refused)
      default: throw error
      }
    }
  }

  private static func parse(
    _ bytes: [UInt8], path: String, secrets: JWKSet.Secrets
  ) throws(FileError) -> JWKSet {
    do throws(CryptoError) { return try JWKSet(parsing: bytes, secrets: secrets) } catch {
      throw .unreadable(path: path, reason: error)
    }
  }
}
