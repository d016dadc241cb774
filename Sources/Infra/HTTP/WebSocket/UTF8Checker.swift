// Whether bytes are UTF-8 (RFC 3629), in pieces that may end within a character. A wrong byte is seen when it comes, not
// at the end of the message.

struct UTF8Checker {
  /// Bytes that the character begun still needs, and the bounds of the next one: only the second byte of a character has
  /// narrower bounds than 80–BF, which keep out overlong forms, surrogates and what lies above 10FFFF.
  private var needed: UInt8 = 0
  private var lowest: UInt8 = 0x80
  private var highest: UInt8 = 0xbf

  /// Whether no character is begun and not whole. Ready for another text then.
  var isAtEnd: Bool { needed == 0 }

  /// False where the bytes cannot go on a text.
  mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var index = 0
    while index < bytes.count {
      if needed == 0 {
        index = Self.skipASCII(bytes, index)
        guard index < bytes.count else { return true }
        guard begin(bytes[index]) else { return false }
      } else {
        guard bytes[index] >= lowest, bytes[index] <= highest else { return false }
        needed -= 1
        lowest = 0x80
        highest = 0xbf
      }
      index += 1
    }
    return true
  }

  /// Takes the first byte of a character.
  private mutating func begin(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x00...0x7f: break
    case 0xc2...0xdf: needed = 1
    case 0xe0...0xef:
      needed = 2
      if byte == 0xe0 { lowest = 0xa0 }
      if byte == 0xed { highest = 0x9f }
    case 0xf0...0xf4:
      needed = 3
      if byte == 0xf0 { lowest = 0x90 }
      if byte == 0xf4 { highest = 0x8f }
    default: return false
    }
    return true
  }

  private static func skipASCII(_ bytes: UnsafeBufferPointer<UInt8>, _ begin: Int) -> Int {
    let raw = UnsafeRawBufferPointer(bytes)
    var index = begin
    while index + 8 <= raw.count,
      raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
    {
      index += 8
    }
    while index < raw.count, raw[index] < 0x80 { index += 1 }
    return index
  }
}
