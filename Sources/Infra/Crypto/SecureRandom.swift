// Random bytes that nobody can guess, from the kernel's generator through a small reserve of each thread. Where it fails
// the process ends: a key or a nonce that might be predictable is worse than no service.
import CLinux
import Glibc

/// A source of unpredictable bytes; also a `RandomNumberGenerator`.
package struct SecureRandom: RandomNumberGenerator, Sendable {
  package init() {}

  package static func bytes(_ count: Int) -> [UInt8] {
    precondition(count >= 0 && count <= Int(Int32.max), "a count of random bytes")
    // All empty arrays are one, to which nobody may write, not even their count.
    if count == 0 { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      fill(UnsafeMutableRawBufferPointer(target))
      filled = count
    }
  }

  package static func fill(_ target: UnsafeMutableRawBufferPointer) {
    guard target.count > 0 else { return }
    guard witan_secure_random(target.baseAddress, target.count) == 0 else {
      fatalError("the kernel gives no random bytes: errno \(errno)")
    }
  }

  package mutating func next() -> UInt64 {
    var value: UInt64 = 0
    withUnsafeMutableBytes(of: &value) { SecureRandom.fill($0) }
    return value
  }
}
