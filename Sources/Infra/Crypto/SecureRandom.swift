// Random bytes that nobody can guess, from OpenSSL's generator, which the kernel seeds. Where it fails the process ends:
// a key or a nonce that might be predictable is worse than no service.
import COpenSSL

/// A source of unpredictable bytes; also a `RandomNumberGenerator`.
package struct SecureRandom: RandomNumberGenerator, Sendable {
  package init() {}

  package static func bytes(_ count: Int) -> [UInt8] {
    precondition(count >= 0 && count <= Int(Int32.max), "a count of random bytes")
    return [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      fill(UnsafeMutableRawBufferPointer(target))
      filled = count
    }
  }

  package static func fill(_ target: UnsafeMutableRawBufferPointer) {
    guard target.count > 0 else { return }
    OpenSSL.start()
    let status = RAND_bytes(target.assumingMemoryBound(to: UInt8.self).baseAddress, Int32(target.count))
    guard status == 1 else { fatalError("no secure randomness: \(drainReasons() ?? "no reason given")") }
  }

  package mutating func next() -> UInt64 {
    var value: UInt64 = 0
    withUnsafeMutableBytes(of: &value) { SecureRandom.fill($0) }
    return value
  }
}
