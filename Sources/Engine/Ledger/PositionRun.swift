// The positions of the entries that have one value, some hundreds in a row of the projection: the first as it is, then the
// distance from each to the next, seven bits to a byte, the lowest first, with the highest bit where more follow. A batch of
// entries adds one row for a value that all of them have, and not one for each.

enum PositionRun {
  /// Longer rows would not lie within a page of the index.
  static let longest = 900

  /// Appends the distance to the next position; false, and nothing appended, where the run that began at `start` of `bytes` has
  /// become too long.
  static func append(_ distance: UInt64, to bytes: inout [UInt8], from start: Int) -> Bool {
    let length = max(1, (UInt64.bitWidth - distance.leadingZeroBitCount + 6) / 7)
    guard bytes.count - start + length <= longest else { return false }
    var rest = distance
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    return true
  }

  /// Reads a run; nil unless its positions rise.
  static func read(first: UInt64, _ more: UnsafeRawBufferPointer, into positions: inout [UInt64]) -> Bool {
    positions.removeAll(keepingCapacity: true)
    positions.append(first)
    var last = first
    var distance: UInt64 = 0
    var shift: UInt64 = 0
    for byte in more {
      guard shift < 63 else { return false }
      distance |= UInt64(byte & 0x7F) << shift
      shift += 7
      if byte & 0x80 != 0 { continue }
      let (next, overflow) = last.addingReportingOverflow(distance)
      guard distance > 0, !overflow else { return false }
      positions.append(next)
      last = next
      distance = 0
      shift = 0
    }
    return shift == 0
  }
}
