// Writing ASCII into memory that was reserved beforehand: how heads of answers are made without strings.

/// A place to write at. Whoever makes one has reserved room for all that will be put.
struct ByteCursor {
  private(set) var position: UnsafeMutablePointer<UInt8>

  @inline(__always) init(_ position: UnsafeMutablePointer<UInt8>) { self.position = position }

  @inline(__always)
  mutating func put(_ text: StaticString) {
    position.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    position += text.utf8CodeUnitCount
  }

  @inline(__always)
  mutating func put(_ text: StaticString, _ offset: Int, _ count: Int) {
    position.update(from: text.utf8Start + offset, count: count)
    position += count
  }

  @inline(__always)
  mutating func put(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
    position.update(from: bytes, count: count)
    position += count
  }

  @inline(__always)
  mutating func put(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { if let base = $0.baseAddress { put(base, $0.count) } }
  }

  @inline(__always)
  mutating func put(_ text: String) {
    var text = text
    text.withUTF8 { if let base = $0.baseAddress { put(base, $0.count) } }
  }

  @inline(__always)
  mutating func putTwoDigits(_ value: Int) {
    position[0] = 0x30 + UInt8(truncatingIfNeeded: value / 10)
    position[1] = 0x30 + UInt8(truncatingIfNeeded: value % 10)
    position += 2
  }

  @inline(__always)
  mutating func putDecimal(_ value: Int) {
    var divisor = 1
    while value / divisor >= 10 { divisor *= 10 }
    var rest = value
    while divisor > 0 {
      position[0] = 0x30 + UInt8(truncatingIfNeeded: rest / divisor)
      position += 1
      rest %= divisor
      divisor /= 10
    }
  }

  mutating func putHexadecimal(_ value: Int) {
    var shift = max(0, (Int.bitWidth - value.leadingZeroBitCount - 1) / 4 * 4)
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: value >> shift) & 15
      position[0] = digit < 10 ? digit + 0x30 : digit + 0x57
      position += 1
      shift -= 4
    }
  }
}
