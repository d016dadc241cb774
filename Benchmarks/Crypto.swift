// The primitives, each beside OpenSSL's one-shot call for the same work.
import COpenSSL
import Crypto

extension Suite {
  static let crypto = Suite(name: "crypto") {
    try benchmarkHashing()
    try benchmarkSealing()
    try benchmarkSignatures()
  }
}

private func benchmarkHashing() throws {
  let key = SecureRandom.bytes(32)
  let code = HMACSHA256(key: key)
  for size in [64, 1024] {
    let message = SecureRandom.bytes(size)
    var digest = [UInt8](repeating: 0, count: 32)
    report(
      "SHA-256, \(size) bytes",
      measure([
        Contender(name: "EVP_Digest with EVP_sha256()") { count in
          for _ in 0..<count { EVP_Digest(message, message.count, &digest, nil, EVP_sha256(), nil) }
          return Int(digest[0])
        },
        Contender(name: "SHA256.digest") { count in
          var sum = 0
          for _ in 0..<count { sum &+= Int(SHA256.digest(message.span.bytes)[0]) }
          return sum
        },
        Contender(name: "SHA256 streaming, one value reused") { count in
          var hash = SHA256()
          var sum = 0
          for _ in 0..<count {
            hash.update(message.span.bytes)
            sum &+= Int(hash.finish()[0])
          }
          return sum
        },
      ]))
    report(
      "HMAC-SHA-256, \(size) bytes",
      measure([
        Contender(name: "HMAC() with EVP_sha256()") { count in
          for _ in 0..<count { HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, nil) }
          return Int(digest[0])
        },
        Contender(name: "HMACSHA256.authenticate, key kept") { count in
          var sum = 0
          for _ in 0..<count { sum &+= Int(code.authenticate(message.span.bytes)[0]) }
          return sum
        },
      ]))
  }
  let left = SHA256.digest([1])
  let right = SHA256.digest([2])
  report(
    "a node of a Merkle tree",
    measure([
      Contender(name: "digest of joined arrays") { count in
        var node = left
        for _ in 0..<count { node = SHA256.digest([1] + node.bytes + right.bytes) }
        return Int(node[0])
      },
      Contender(name: "SHA256.digest(prefix:_:_:)") { count in
        var node = left
        for _ in 0..<count { node = SHA256.digest(prefix: 1, node, right) }
        return Int(node[0])
      },
    ]))
}

private func benchmarkSealing() throws {
  let key = SecureRandom.bytes(32)
  let message = SecureRandom.bytes(1024)
  let nonce = SecureRandom.bytes(12)
  let sealed = try AESGCM.seal(message.span.bytes, key: key.span.bytes, authenticating: nonce.span.bytes)
  report(
    "AES-256-GCM, 1024 bytes",
    measure([
      Contender(name: "EVP calls with EVP_aes_256_gcm()") { count in
        var output = [UInt8](repeating: 0, count: 1040)
        for _ in 0..<count { sealDirectly(message, key, nonce, into: &output) }
        return Int(output[0])
      },
      Contender(name: "AESGCM.seal, nonce given") { count in
        var sum = 0
        for _ in 0..<count {
          let made = try? AESGCM.seal(
            message.span.bytes, key: key.span.bytes, nonce: nonce.span.bytes, authenticating: nonce.span.bytes)
          sum &+= made?.count ?? 0
        }
        return sum
      },
      Contender(name: "AESGCM.seal, random nonce") { count in
        var sum = 0
        for _ in 0..<count {
          sum &+=
            (try? AESGCM.seal(message.span.bytes, key: key.span.bytes, authenticating: nonce.span.bytes))?.count ?? 0
        }
        return sum
      },
      Contender(name: "AESGCM.open") { count in
        var sum = 0
        for _ in 0..<count {
          sum &+=
            (try? AESGCM.open(sealed.span.bytes, key: key.span.bytes, authenticating: nonce.span.bytes))?.count ?? 0
        }
        return sum
      },
    ]))
}

private func sealDirectly(_ message: [UInt8], _ key: [UInt8], _ nonce: [UInt8], into output: inout [UInt8]) {
  let context = EVP_CIPHER_CTX_new()
  defer { EVP_CIPHER_CTX_free(context) }
  var length: Int32 = 0
  EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce)
  EVP_EncryptUpdate(context, nil, &length, nonce, Int32(nonce.count))
  output.withUnsafeMutableBufferPointer { target in
    guard let base = target.baseAddress else { return }
    EVP_EncryptUpdate(context, base, &length, message, Int32(message.count))
    EVP_EncryptFinal_ex(context, base + Int(length), &length)
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, base + message.count)
  }
}

private func benchmarkSignatures() throws {
  let message = SecureRandom.bytes(200)
  let edwards = try Ed25519.PrivateKey()
  let curve = try P256.PrivateKey()
  let rsa = try RSA.PrivateKey(bits: 2048)
  let pem = try PrivateKey.ed25519(edwards).pem()
  let plain = pem.withUnsafeBytes { loadKey($0) }
  defer { EVP_PKEY_free(plain) }
  report(
    "signing 200 bytes",
    measure([
      Contender(name: "Ed25519 by EVP_DigestSign") { count in
        var signature = [UInt8](repeating: 0, count: 64)
        for _ in 0..<count { signDirectly(message, plain, into: &signature) }
        return Int(signature[0])
      },
      Contender(name: "Ed25519") { count in repeated(count) { try edwards.sign(message).count } },
      Contender(name: "ECDSA P-256") { count in repeated(count) { try curve.sign(message).count } },
      Contender(name: "RSA 2048 PKCS #1") { count in repeated(count) { try rsa.sign(message, padding: .pkcs1).count } },
    ]))
  let one = try edwards.sign(message)
  let two = try curve.sign(message)
  let three = try rsa.sign(message, padding: .pkcs1)
  let four = try rsa.sign(message, padding: .pss)
  report(
    "verifying 200 bytes",
    measure([
      Contender(name: "Ed25519 by EVP_DigestVerify") { count in
        var good = 0
        for _ in 0..<count { good += verifyDirectly(one, message, plain) }
        return good
      },
      Contender(name: "Ed25519") { count in repeated(count) { edwards.publicKey.verify(one, of: message) ? 1 : 0 } },
      Contender(name: "ECDSA P-256") { count in repeated(count) { curve.publicKey.verify(two, of: message) ? 1 : 0 } },
      Contender(name: "RSA 2048 PKCS #1") { count in
        repeated(count) { rsa.publicKey.verify(three, of: message, padding: .pkcs1) ? 1 : 0 }
      },
      Contender(name: "RSA 2048 PSS") { count in
        repeated(count) { rsa.publicKey.verify(four, of: message, padding: .pss) ? 1 : 0 }
      },
    ]))
}

/// The sum of what `body` returns; a failure would show as a missing part.
func repeated(_ count: Int, _ body: () throws -> Int) -> Int {
  var sum = 0
  for _ in 0..<count { sum &+= (try? body()) ?? 0 }
  return sum
}

private func loadKey(_ pem: UnsafeRawBufferPointer) -> OpaquePointer? {
  let source = BIO_new_mem_buf(pem.baseAddress, Int32(pem.count))
  defer { BIO_free(source) }
  return PEM_read_bio_PrivateKey(source, nil, nil, nil)
}

private func signDirectly(_ message: [UInt8], _ key: OpaquePointer?, into signature: inout [UInt8]) {
  let context = EVP_MD_CTX_new()
  defer { EVP_MD_CTX_free(context) }
  var length = signature.count
  EVP_DigestSignInit(context, nil, nil, nil, key)
  EVP_DigestSign(context, &signature, &length, message, message.count)
}

private func verifyDirectly(_ signature: [UInt8], _ message: [UInt8], _ key: OpaquePointer?) -> Int {
  let context = EVP_MD_CTX_new()
  defer { EVP_MD_CTX_free(context) }
  EVP_DigestVerifyInit(context, nil, nil, nil, key)
  return Int(EVP_DigestVerify(context, signature, signature.count, message, message.count))
}
