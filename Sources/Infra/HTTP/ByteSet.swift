// Sets of ASCII characters as two words, and the comparison of names regardless of case: the grammar's alphabet.

/// A set of bytes below 128.
struct ByteSet: Sendable {
  let low: UInt64
  let high: UInt64

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    let word = byte < 64 ? low : high
    return byte < 128 && (word >> UInt64(byte & 63)) & 1 != 0
  }

  /// RFC 9110, section 5.6.2: `tchar`.
  @inline(__always) static var token: ByteSet { ByteSet(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe) }
  /// RFC 3986, section 3.2.2: `unreserved` and `sub-delims`, of which a `reg-name` is made (besides escapes).
  @inline(__always) static var registeredName: ByteSet {
    ByteSet(low: 0x2bff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe)
  }
}

/// The value of a hexadecimal digit, or nil.
@inline(__always)
func hexadecimal(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x37
  case 0x61...0x66: byte - 0x57
  default: nil
  }
}

/// Whether `bytes` is `name`, which is in lower case, when letters of either case are taken as the same. Right for
/// names made of letters, digits and hyphens, and for input free of control bytes.
@inline(__always)
func equalsIgnoringCase(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ name: StaticString) -> Bool {
  guard count == name.utf8CodeUnitCount else { return false }
  let lower = name.utf8Start
  for index in 0..<count where bytes[index] | 0x20 != lower[index] { return false }
  return true
}

/// The same for two runs of bytes of which neither is known to be in lower case.
func equalsIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  for index in 0..<left.count where lowered(left[index]) != lowered(right[index]) { return false }
  return true
}

@inline(__always)
func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }

/// Whether all bytes may stand in a field value (RFC 9110, section 5.5): visible, obs-text, space and tab.
@inline(__always)
func isFieldContent(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  var index = 0
  // Eight at a time: a byte below 0x20 or equal to 0x7f raises a high bit. Tabs do too, hence the second look.
  while index &+ 8 <= count {
    let word = UnsafeRawPointer(bytes + index).loadUnaligned(as: UInt64.self)
    let below = (word &- 0x2020_2020_2020_2020) & ~word
    let flipped = word ^ 0x7f7f_7f7f_7f7f_7f7f
    let delete = (flipped &- 0x0101_0101_0101_0101) & ~flipped
    if (below | delete) & 0x8080_8080_8080_8080 != 0 {
      for offset in 0..<8 where !isFieldByte(bytes[index + offset]) { return false }
    }
    index &+= 8
  }
  while index < count {
    if !isFieldByte(bytes[index]) { return false }
    index &+= 1
  }
  return true
}

@inline(__always)
func isFieldByte(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7f) || byte == 0x09 }
