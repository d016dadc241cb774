// A SHA-256 value: thirty-two bytes held inline, so that trees and caches of hashes need no allocation per hash.

package struct Digest: Sendable {
  package static let byteCount = 32

  @usableFromInline
  var storage: InlineArray<32, UInt8>

  /// All bytes zero: a value to overwrite, never the hash of anything known.
  @inlinable
  package init() { storage = InlineArray(repeating: 0) }

  /// The digest with exactly these 32 bytes, or nil for any other length.
  @inlinable
  package init?(_ bytes: RawSpan) {
    guard bytes.byteCount == Digest.byteCount else { return nil }
    storage = InlineArray(repeating: 0)
    withUnsafeMutableBytes(of: &storage) { target in
      bytes.withUnsafeBytes { source in target.copyMemory(from: source) }
    }
  }

  @inlinable
  package init?(_ bytes: [UInt8]) { self.init(bytes.span.bytes) }

  /// Reads 64 hexadecimal digits of either case.
  package init?(hex: String) {
    guard let bytes = Hex.decode(hex) else { return nil }
    self.init(bytes)
  }

  /// A view of the bytes, without a copy.
  @inlinable
  package var span: Span<UInt8> {
    @_lifetime(borrow self) get { storage.span }
  }

  package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

  package var hex: String { withUnsafeBytes { Hex.encode($0) } }

  @inlinable
  package subscript(index: Int) -> UInt8 { storage[index] }

  /// The bytes, for as long as `body` runs.
  @inlinable
  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Swift.withUnsafeBytes(of: storage, body)
  }

  /// The `index`-th group of eight bytes, big-endian, so that the order of the words is the order of the bytes.
  @inlinable
  func word(_ index: Int) -> UInt64 {
    withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)) }
  }
}

extension Digest: Hashable {
  @inlinable
  package static func == (left: Digest, right: Digest) -> Bool {
    // All four words are compared, so that the time tells nothing about where two digests part.
    (left.word(0) ^ right.word(0)) | (left.word(1) ^ right.word(1)) | (left.word(2) ^ right.word(2))
      | (left.word(3) ^ right.word(3)) == 0
  }

  /// A digest is as good as random: a quarter of it is a hash already. Callers who let strangers choose digests still
  /// get the hasher's own seed mixed in.
  @inlinable
  package func hash(into hasher: inout Hasher) { hasher.combine(word(0)) }
}

extension Digest: Comparable {
  @inlinable
  package static func < (left: Digest, right: Digest) -> Bool {
    for index in 0..<4 where left.word(index) != right.word(index) { return left.word(index) < right.word(index) }
    return false
  }
}

extension Digest: CustomStringConvertible {
  package var description: String { hex }
}
