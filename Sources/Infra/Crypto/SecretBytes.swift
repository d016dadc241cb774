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
    precondition(count >= 0 && count <= SecretBytes.maximumCount, "a secret's length")
    // The value is made last: where `body` throws there is only the memory to give back, and no half-made value.
    let (mapped, locked) = SecretBytes.map(count)
    do throws(Failure) {
      try body(UnsafeMutableRawBufferPointer(start: mapped, count: count))
    } catch {
      SecretBytes.unmap(mapped, count)
      throw error
    }
    self.count = count
    memory = mapped
    isLocked = locked
  }

  /// Fresh pages of zeros, and whether they are locked.
  private static func map(_ count: Int) -> (UnsafeMutableRawPointer?, Bool) {
    if count == 0 { return (nil, true) }
    let size = mappedSize(count)
    guard let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      mapped != MAP_FAILED
    else { fatalError("out of memory") }
    let locked = mlock(mapped, size) == 0
    _ = madvise(mapped, size, MADV_DONTDUMP)
    return (mapped, locked)
  }

  private static func unmap(_ memory: UnsafeMutableRawPointer?, _ count: Int) {
    guard let memory else { return }
    OPENSSL_cleanse(memory, count)
    // Unmapping also unlocks.
    munmap(memory, mappedSize(count))
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

  deinit { SecretBytes.unmap(memory, count) }

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
