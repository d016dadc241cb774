// Keys exchanged with OpenSSL's own command: what it writes is read here, and what is written here it reads.
import Foundation
import TestSupport
import Testing

@testable import Crypto

private let program = "/usr/bin/openssl"

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: program), "the command openssl is not installed"))
struct ForeignKeyTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: String...) throws -> [UInt8] { try run(arguments) }

  private func run(_ arguments: [String]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
    return [UInt8](said)
  }

  @Test(arguments: [
    ["-algorithm", "ED25519"], ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  ])
  func keysGoBothWays(kind: [String]) throws {
    let theirs = folder.file("theirs.pem").path
    let ours = folder.file("ours.pem").path
    _ = try run(["genpkey", "-out", theirs] + kind)
    let key = try PrivateKey(pem: try KeyFile.readPublic(theirs))
    let publicText = String(decoding: try run("pkey", "-in", theirs, "-pubout"), as: UTF8.self)
    #expect(try PublicKey(pem: publicText) == key.publicKey)
    #expect(try key.publicKey.pem() == publicText)

    let pem = try key.pem()
    try KeyFile.write(pem.span, to: ours)
    #expect(String(decoding: try run("pkey", "-in", ours, "-pubout"), as: UTF8.self) == publicText)
  }

  @Test func encryptedKeysGoBothWays() throws {
    let theirs = folder.file("theirs.pem").path
    let ours = folder.file("ours.pem").path
    let passphrase = Array("correct horse".utf8)
    _ = try run("genpkey", "-algorithm", "ED25519", "-aes-256-cbc", "-pass", "pass:correct horse", "-out", theirs)
    let key = try PrivateKey(pem: try KeyFile.readPublic(theirs), passphrase: passphrase)
    try KeyFile.write(Array(try key.pem(encryptedWith: passphrase.span.bytes).utf8), to: ours)
    let publicText = try run("pkey", "-in", ours, "-passin", "pass:correct horse", "-pubout")
    #expect(try PublicKey(pem: String(decoding: publicText, as: UTF8.self)) == key.publicKey)
  }

  @Test func oldFormsAreRefusedWithTheWayToConvertThem() throws {
    let path = folder.file("old.pem").path
    _ = try run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
    #expect(
      throws: CryptoError.malformed("EC PRIVATE KEY is an old form; convert it with: openssl pkcs8 -topk8 -nocrypt")
    ) { try PrivateKey(pem: try KeyFile.readPublic(path)) }
    let converted = try run("pkcs8", "-topk8", "-nocrypt", "-in", path)
    #expect(throws: Never.self) { try PrivateKey(pem: converted) }
  }

  @Test func signaturesGoBothWays() throws {
    let path = folder.file("key.pem").path
    let message = folder.file("message")
    let signature = folder.file("signature")
    try Data("hello".utf8).write(to: message)
    let key = try P256.PrivateKey()
    let pem = try PrivateKey.p256(key).pem()
    try KeyFile.write(pem.span, to: path)
    let theirs = try run("dgst", "-sha256", "-sign", path, message.path)
    #expect(key.publicKey.verify(der: theirs, of: Array("hello".utf8)))
    try Data(try key.signDER(Array("hello".utf8))).write(to: signature)
    _ = try run("dgst", "-sha256", "-prverify", path, "-signature", signature.path, message.path)
  }
}
