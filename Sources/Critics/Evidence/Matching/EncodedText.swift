// Text hidden in Base64 or in hexadecimal digits. It is decoded once, within bounds, and read like any other; what is found
// in it points to the characters that carried it.

enum EncodedText {
  /// Runs shorter than this hold too little to matter.
  static let least = 20
  /// Longer runs are read to here.
  static let most = 64 * 1024
  /// Runs of one text beyond this number are not decoded.
  static let limit = 16

  /// The bytes that the token in `start..<end` stands for, with the place of each, if they are text.
  static func decode(_ bytes: TextBytes, _ start: Int, _ end: Int) -> (bytes: [UInt8], places: [Int])? {
    var first = start
    // `data=…`, `text/plain;base64,…`: the run is the last part.
    for index in start..<end {
      switch bytes[index] {
      case 0x3a, 0x2e, 0x7e: first = index + 1
      // Base64 ends with it, too.
      case 0x3d where end - index > least && bytes[index + 1] != 0x3d: first = index + 1
      default: break
      }
    }
    let stop = min(end, first + most)
    if stop - first > 2, bytes[first] == 0x30, bytes[first + 1] | 0x20 == 0x78 { first += 2 }
    guard stop - first >= least else { return nil }
    return hexadecimal(bytes, first, stop) ?? base64(bytes, first, stop)
  }

  private static func hexadecimal(_ bytes: TextBytes, _ start: Int, _ end: Int) -> (
    bytes: [UInt8], places: [Int]
  )? {
    guard (end - start) % 2 == 0 else { return nil }
    var result: [UInt8] = []
    var places: [Int] = []
    var index = start
    while index < end {
      guard let high = bytes[index].hexValue, let low = bytes[index + 1].hexValue else { return nil }
      result.append(high << 4 | low)
      places.append(index)
      index += 2
    }
    return isText(result) ? (result, places) : nil
  }

  /// Fewer pairs of hexadecimal digits hold too little to matter.
  static let leastPairs = 10

  /// Pairs of hexadecimal digits set apart by one mark or space each, from the token at `token` on: `69 67 6e 6f 72 65`. The
  /// first pair of such a run may be letters, so the word before is looked at too. Where it is none, `end` still tells how
  /// far it was read.
  static func spaced(_ bytes: TextBytes, _ token: Int, _ count: Int) -> (
    start: Int, end: Int, held: (bytes: [UInt8], places: [Int])?
  )? {
    func pair(_ index: Int) -> UInt8? {
      guard index >= 0, index + 1 < count, let high = bytes[index].hexValue, let low = bytes[index + 1].hexValue
      else { return nil }
      return high << 4 | low
    }
    func separates(_ byte: UInt8) -> Bool {
      byte == 0x20 || byte == 0x3a || byte == 0x2d || byte == 0x2c || byte == 0x0a || byte == 0x5f
    }
    guard pair(token) != nil, separates(bytes[token + 2]), pair(token + 3) != nil else { return nil }
    var index = token
    while index >= 3, token - index < 24, separates(bytes[index - 1]), pair(index - 3) != nil,
      index == 3 || !bytes[index - 4].isWordByte
    {
      index -= 3
    }
    let start = index
    var result: [UInt8] = []
    var places: [Int] = []
    var end = index
    while result.count < most, let value = pair(index), !bytes[index + 2].isWordByte {
      result.append(value)
      places.append(index)
      end = index + 2
      guard separates(bytes[end]) else { break }
      index = end + 1
    }
    guard result.count >= 2 else { return nil }
    let holdsText = result.count >= leastPairs && isText(result)
    return (start, end, holdsText ? (result, places) : nil)
  }

  private static func base64(_ bytes: TextBytes, _ start: Int, _ end: Int) -> (
    bytes: [UInt8], places: [Int]
  )? {
    var result: [UInt8] = []
    var places: [Int] = []
    var bits: UInt32 = 0
    var held = 0
    for index in start..<end {
      let byte = bytes[index]
      if byte == 0x3d { break }
      guard let value = value(byte) else { return nil }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        result.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
        places.append(index > start ? index - 1 : index)
      }
    }
    return isText(result) ? (result, places) : nil
  }

  private static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x41...0x5a: byte - 0x41
    case 0x61...0x7a: byte - 0x61 + 26
    case 0x30...0x39: byte - 0x30 + 52
    case 0x2b, 0x2d: 62
    case 0x2f, 0x5f: 63
    default: nil
    }
  }

  /// Nearly all of it is printable ASCII, or it is UTF-8; and it has letters.
  private static func isText(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 10 else { return false }
    var odd = 0
    var letters = 0
    for byte in bytes {
      if byte < 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09 || byte == 0x7f || byte >= 0xf5 { odd += 1 }
      if byte.isLetter || byte == 0x20 || byte >= 0x80 { letters += 1 }
    }
    if bytes.contains(where: { $0 >= 0x80 }) {
      // The last character may be cut off.
      let whole = bytes.count == most ? bytes.dropLast(bytes.suffix(4).count { $0 >= 0x80 }) : bytes[...]
      if String(validating: whole, as: UTF8.self) == nil { return false }
    }
    return odd * 20 <= bytes.count && letters * 10 >= bytes.count * 6
  }
}
