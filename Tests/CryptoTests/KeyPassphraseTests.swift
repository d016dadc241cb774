// Keys under a passphrase: what lies on disk, who can open it, and what becomes of keys that were plain.
import Foundation
import TestSupport
import Testing

@testable import Crypto

@Suite struct KeyPassphraseTests {
  private static func passphrase() throws -> KeyPassphrase { try KeyPassphrase("correct horse battery") }

  private func fresh() throws(CryptoError) -> PrivateKey { .ed25519(try Ed25519.PrivateKey()) }

  private func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  private func reason(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was thrown"
    } catch {
      return "\(error)"
    }
  }

  @Test func aPrivateKeyIsMadeUnderThePassphraseAndOpensOnlyWithIt() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/key.pem"
    let passphrase = try Self.passphrase()
    let key = try KeyFile.privateKey(at: path, passphrase: passphrase, make: fresh)
    #expect(try text(path).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
    let again = try KeyFile.privateKey(at: path, passphrase: passphrase)
    #expect(again.publicKey == key.publicKey)
    let wrong = try KeyPassphrase("incorrect horse")
    #expect(
      reason { _ = try KeyFile.privateKey(at: path, passphrase: wrong) }.contains("passphrase is not its own"))
    #expect(reason { _ = try KeyFile.privateKey(at: path, passphrase: nil) }.contains("none was given"))
    // Another program opens it too.
    let openssl = try RunningProcess(
      path: "/usr/bin/openssl",
      ["pkey", "-in", path, "-passin", "pass:correct horse battery", "-pubout"])
    #expect(try await openssl.waitForExit() == 0, "\(openssl.standardError)")
    #expect(openssl.standardOutput == (try key.publicKey.pem()))
  }

  @Test func aPlainKeyIsPutUnderThePassphraseAndItsBytesAreOverwritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/key.pem"
    let plain = try KeyFile.privateKey(at: path, passphrase: nil, make: fresh)
    #expect(try text(path).hasPrefix("-----BEGIN PRIVATE KEY-----"))
    let passphrase = try Self.passphrase()
    // Whoever only reads changes nothing.
    #expect(try KeyFile.privateKey(at: path, passphrase: passphrase).publicKey == plain.publicKey)
    #expect(try text(path).hasPrefix("-----BEGIN PRIVATE KEY-----"))
    let watcher = try #require(FileHandle(forReadingAtPath: path))
    let sealed = try KeyFile.privateKey(at: path, passphrase: passphrase, make: fresh)
    #expect(sealed.publicKey == plain.publicKey)
    #expect(try text(path).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
    #expect(try watcher.readToEnd() ?? Data() == Data())
    #expect(try KeyFile.privateKey(at: path, passphrase: passphrase).publicKey == plain.publicKey)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func otherSecretsAreSealedTheSameWay() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/master.key"
    let first = try KeyFile.secret(at: path, passphrase: nil) { SecretBytes.random(32) }
    let digest = SHA256.digest(first.span)
    #expect(try Data(contentsOf: URL(filePath: path)).count == 32)
    let passphrase = try Self.passphrase()
    let watcher = try #require(FileHandle(forReadingAtPath: path))
    let second = try KeyFile.secret(at: path, passphrase: passphrase) { SecretBytes.random(32) }
    #expect(SHA256.digest(second.span) == digest)
    #expect(try watcher.readToEnd() ?? Data() == Data())
    let file = try Data(contentsOf: URL(filePath: path))
    #expect(file.starts(with: Data("witan sealed 1\n".utf8)) && file.count == 94)
    let third = try KeyFile.secret(at: path, passphrase: passphrase)
    #expect(SHA256.digest(third.span) == digest)
    #expect(reason { _ = try KeyFile.secret(at: path, passphrase: nil).count }.contains("none was given"))
    let wrong = try KeyPassphrase("incorrect horse")
    #expect(reason { _ = try KeyFile.secret(at: path, passphrase: wrong).count }.contains("not its own"))
  }

  @Test func aSealedSecretOpensOnlyUnchanged() throws {
    let passphrase = try Self.passphrase()
    let secret = SecretBytes.random(32)
    let sealed = try passphrase.seal(secret.span)
    let bytes = sealed.withUnsafeBytes { Array($0) }
    let opened = try passphrase.open(bytes.span.bytes)
    #expect(SHA256.digest(opened.span) == SHA256.digest(secret.span))
    // One place in every part: heading, each number of scrypt, salt, nonce, ciphertext, tag.
    for place in [0, 14, 15, 16, 17, 18, 33, 34, 45, 46, 77, 78, bytes.count - 1] {
      var changed = bytes
      changed[place] ^= 1
      #expect(throws: CryptoError.self, "\(place)") { _ = try passphrase.open(changed.span.bytes).count }
    }
    for count in [0, 1, 33, 34, 60, bytes.count - 1] {
      let cut = Array(bytes.prefix(count))
      #expect(throws: CryptoError.self, "\(count)") { _ = try passphrase.open(cut.span.bytes).count }
    }
    // Numbers that would take all memory or time are refused before anything is derived.
    var costly = bytes
    costly[15] = 40
    #expect(throws: CryptoError.beyondLimit("scrypt may use at most 1024 MiB")) {
      _ = try passphrase.open(costly.span.bytes).count
    }
  }

  @Test func aPassphraseHasALengthThatMeansSomething() {
    #expect(throws: CryptoError.self) { _ = try KeyPassphrase("short") }
    #expect(throws: CryptoError.self) { _ = try KeyPassphrase(String(repeating: "x", count: 4097)) }
  }
}
