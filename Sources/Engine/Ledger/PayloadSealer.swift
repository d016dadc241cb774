// Payloads: each sealed under a key of its own, which lies wrapped by the master key in a table of its own. Whoever destroys
// that one small row has destroyed the payload.
//
//     opening    = SHA-256(salt ‖ payload)                       32 random bytes of salt
//     sealed     = AES-256-GCM(key, salt ‖ payload)              authenticating the entry's id
//     commitment = SHA-256(opening ‖ SHA-256(sealed))            in the entry, for ever
//     record     = opening ‖ sealed                              beside the log, until it is erased
//     wrapped    = name of the master key ‖ AES-256-GCM(master key, key), authenticating the commitment
//
// So anyone can check a record against its entry without any key, and whoever holds the payload and its salt can prove
// what it was. Once record and key are gone, the commitment tells nothing: without the salt no guess can be tried.
import Crypto
import Glibc

/// A payload on its way into the log.
struct SealedPayload: Sendable {
  let commitment: Digest
  let record: [UInt8]
  let wrappedKey: [UInt8]
}

final class PayloadSealer: Sendable {
  static let saltLength = 32
  /// The first bytes of SHA-256 of a master key: they tell which one wrapped a key.
  static let nameLength = 4
  /// The key is fresh for each payload and used once, so that a fixed nonce never meets the same key again.
  private static let nonce = [UInt8](repeating: 0, count: AESGCM.nonceLength)

  private let masterKey: SecretBytes
  let masterName: [UInt8]

  init(masterKey: consuming SecretBytes) throws(CryptoError) {
    guard masterKey.count == AESGCM.keyLength else {
      throw .wrongLength(of: "the master key", expected: "\(AESGCM.keyLength)", actual: masterKey.count)
    }
    masterName = Array(SHA256.digest(masterKey.span).bytes[..<Self.nameLength])
    self.masterKey = masterKey
  }

  func seal(_ payload: [UInt8], id: String) throws(CryptoError) -> SealedPayload {
    var random = SecureRandom.bytes(Self.saltLength + AESGCM.keyLength)
    defer { wipe(&random) }
    let key = random.span.bytes.extracting(droppingFirst: Self.saltLength)
    // All in one piece of memory: the opening goes before what is sealed in place.
    var record: [UInt8] = []
    record.reserveCapacity(Digest.byteCount + Self.saltLength + payload.count + AESGCM.tagLength)
    record.append(contentsOf: repeatElement(0, count: Digest.byteCount))
    record.append(contentsOf: random[..<Self.saltLength])
    record.append(contentsOf: payload)
    let opening = SHA256.digest(record.span.bytes.extracting(droppingFirst: Digest.byteCount))
    let name = Array(id.utf8)
    let nonce = Self.nonce
    try AESGCM.seal(
      in: &record, from: Digest.byteCount, key: key, nonce: nonce.span.bytes, authenticating: name.span.bytes)
    let commitment = Self.commitment(
      opening: opening, sealed: record.span.bytes.extracting(droppingFirst: Digest.byteCount))
    opening.withUnsafeBytes { opening in record.withUnsafeMutableBytes { $0.copyMemory(from: opening) } }
    let data = commitment.bytes
    let wrapped = try masterKey.withUnsafeBytes { master throws(CryptoError) in
      try AESGCM.seal(key, key: RawSpan(_unsafeBytes: master), authenticating: data.span.bytes)
    }
    return SealedPayload(commitment: commitment, record: record, wrappedKey: masterName + wrapped)
  }

  static func commitment(opening: Digest, sealed: RawSpan) -> Digest {
    withUnsafeBytes(of: (opening, SHA256.digest(sealed))) { SHA256.digest(RawSpan(_unsafeBytes: $0)) }
  }

  /// The commitment that a record as stored answers to, or nil if it is too short to be one. Needs no key.
  static func commitment(record: RawSpan) -> Digest? {
    guard record.byteCount >= Digest.byteCount + saltLength + AESGCM.tagLength,
      let opening = Digest(record.extracting(first: Digest.byteCount))
    else { return nil }
    return commitment(opening: opening, sealed: record.extracting(droppingFirst: Digest.byteCount))
  }

  enum OpenFailure: Error {
    /// The key is wrapped by another master key than this.
    case otherMasterKey
    /// The wrapped key was changed, or belongs to another entry.
    case badKey
    /// The record was changed, or belongs to another entry.
    case badRecord
  }

  /// The payload in a record, after every check that the keys allow.
  func open(record: RawSpan, wrappedKey: RawSpan, commitment: Digest, id: String) throws(OpenFailure) -> [UInt8] {
    guard wrappedKey.byteCount > Self.nameLength else { throw .badKey }
    guard wrappedKey.extracting(first: Self.nameLength).withUnsafeBytes({ $0.elementsEqual(masterName) }) else {
      throw .otherMasterKey
    }
    let data = commitment.bytes
    let unwrapped = masterKey.withUnsafeBytes { master in
      try? AESGCM.open(
        wrappedKey.extracting(droppingFirst: Self.nameLength), key: RawSpan(_unsafeBytes: master),
        authenticating: data.span.bytes)
    }
    guard var key = unwrapped else { throw .badKey }
    defer { wipe(&key) }
    let name = Array(id.utf8)
    let nonce = Self.nonce
    guard Self.commitment(record: record) == commitment,
      let salted = try? AESGCM.open(
        record.extracting(droppingFirst: Digest.byteCount), key: key.span.bytes, nonce: nonce.span.bytes,
        authenticating: name.span.bytes),
      SHA256.digest(salted) == Digest(record.extracting(first: Digest.byteCount))
    else { throw .badRecord }
    return Array(salted[Self.saltLength...])
  }
}

/// Overwrites a key that is no longer needed, in a way that the compiler may not leave out.
private func wipe(_ bytes: inout [UInt8]) {
  bytes.withUnsafeMutableBytes { memory in
    if let start = memory.baseAddress { explicit_bzero(start, memory.count) }
  }
}
