// Bytes that must not leak: a memory page of their own, locked out of swap and left out of core dumps where the system
// allows, wiped on release. The type cannot be copied by accident, and prints as `<redacted>`.
import COpenSSL
import Glibc

/// A secret held outside the ordinary heap.
///
/// Reading goes through `span` or `withUnsafeBytes`; what a caller copies out of them is the caller's to protect.
package struct SecretBytes: ~Copyable {
  /// Longer secrets than this are a mistake: locked memory is scarce (`ulimit -l`).
  package static let maximumCount = 1 << 20

  // Owned by this value alone; the mapping spans `count` rounded up to whole pages. Nil for an empty secret.
  private let memory: UnsafeMutableRawPointer?
  package let count: Int
  /// Whether the system granted the lock; without it the secret may reach the swap device.
  package let isLocked: Bool

  /// `count` bytes written by `body`; they are zero before.
  package init<Failure: Error>(
    count: Int, initializedBy body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    self.init(zeros: count)
    try body(UnsafeMutableRawBufferPointer(start: memory, count: count))
  }

  // On its own, so that the initializer above has nothing to undo by hand where `body` throws.
  private init(zeros count: Int) {
    precondition(count >= 0 && count <= SecretBytes.maximumCount, "a secret's length")
    self.count = count
    if count == 0 {
      memory = nil
      isLocked = true
    } else {
      let size = SecretBytes.mappedSize(count)
      guard let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        mapped != MAP_FAILED
      else { fatalError("out of memory") }
      memory = mapped
      isLocked = mlock(mapped, size) == 0
      _ = madvise(mapped, size, MADV_DONTDUMP)
    }
  }

  package init(copying bytes: RawSpan) {
    self.init(count: bytes.byteCount) { target in bytes.withUnsafeBytes { target.copyMemory(from: $0) } }
  }

  /// Takes the bytes over and overwrites the array with zeros.
  package init(moving bytes: inout [UInt8]) {
    self.init(copying: bytes.span.bytes)
    wipe(&bytes)
  }

  package static func random(_ count: Int) -> SecretBytes {
    SecretBytes(count: count) { SecureRandom.fill($0) }
  }

  deinit {
    guard let memory else { return }
    OPENSSL_cleanse(memory, count)
    // Unmapping also unlocks.
    munmap(memory, SecretBytes.mappedSize(count))
  }

  private static func mappedSize(_ count: Int) -> Int {
    let page = Int(getpagesize())
    return (count + page - 1) / page * page
  }

  package var span: RawSpan {
    @_lifetime(borrow self)
    get {
      let view = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: memory, count: count))
      // The mapping lives exactly as long as `self`.
      return _overrideLifetime(view, borrowing: self)
    }
  }

  package borrowing func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: memory, count: count))
  }

  /// A second secret with the same bytes, for the rare place that needs one.
  package borrowing func duplicate() -> SecretBytes { SecretBytes(copying: span) }

  package var description: String { "<redacted>" }
}

// The memory has one owner and nothing writes to it after `init`.
extension SecretBytes: @unchecked Sendable {}
