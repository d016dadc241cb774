// How unlike anything the detectors were made for a case's texts are: letters of scripts that they read in part or not at
// all, and bytes that are no text. It raises uncertainty; it says nothing about what the text means.
import Engine

package enum Novelty {
  /// Fewer strange characters than this are an ornament.
  static let least = 8
  /// What a letter counts whose script the detectors know a little.
  static let partlyRead = 0.4
  /// How much more a character counts that is no text at all.
  static let unreadable = 4.0

  /// 0 for a text of scripts that are read, 1 for one that nobody here can read.
  package static func of(_ texts: [TextField]) -> Double {
    var count = Count()
    for place in texts.indices {
      var text = texts[place].text
      text.withUTF8 { count.add($0) }
    }
    return count.novelty
  }

  private struct Count {
    var characters = 0
    var partly = 0
    var unread = 0
    var unreadable = 0

    var novelty: Double {
      guard partly + unread + unreadable >= Novelty.least else { return 0 }
      let strange =
        Double(partly) * Novelty.partlyRead + Double(unread) + Double(unreadable) * Novelty.unreadable
      return min(1, strange / Double(max(1, characters)))
    }

    /// Sixteen or eight bytes that are plain ASCII without control characters are counted at once.
    mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
      guard let base = bytes.baseAddress else { return }
      let raw = UnsafeRawPointer(base)
      var index = 0
      while index < bytes.count {
        if index + 16 <= bytes.count {
          let chunk = raw.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
          let high = unsafeBitCast(chunk | (chunk &- SIMD16(repeating: 0x20)), to: SIMD2<UInt64>.self)
          if (high[0] | high[1]) & 0x8080_8080_8080_8080 == 0 {
            characters += 16
            index += 16
            continue
          }
        }
        if index + 8 <= bytes.count {
          let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
          // The high bit of a byte that is above 0x7F, or below 0x20 (it borrows).
          let low = (word &- 0x2020_2020_2020_2020) & ~word
          if (word | low) & 0x8080_8080_8080_8080 == 0 {
            characters += 8
            index += 8
            continue
          }
        }
        index += one(bytes, index)
      }
    }

    /// Counts the character at `index` and returns its length. The bytes are valid UTF-8, being those of a String.
    private mutating func one(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
      let first = bytes[index]
      func next(_ offset: Int) -> UInt32 { index + offset < bytes.count ? UInt32(bytes[index + offset]) & 0x3F : 0 }
      characters += 1
      switch first {
      case 0..<0x80:
        if first < 0x20, first != 0x09, first != 0x0A, first != 0x0D { unreadable += 1 }
        return 1
      case 0xC0..<0xE0:
        sort((UInt32(first) & 0x1F) << 6 | next(1))
        return 2
      case 0xE0..<0xF0:
        sort((UInt32(first) & 0x0F) << 12 | next(1) << 6 | next(2))
        return 3
      default:
        sort((UInt32(first) & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3))
        return 4
      }
    }

    /// By the blocks of Unicode. Signs, marks and emoji are of no script.
    private mutating func sort(_ scalar: UInt32) {
      switch scalar {
      case 0x80...0x9F, 0xFFFD, 0xE000...0xF8FF, 0xF0000...0x10FFFF: unreadable += 1
      case 0xA0...0x036F, 0x1AB0...0x1AFF, 0x1D00...0x1EFF, 0x2000...0x2BFF, 0x3000...0x303F, 0xFE00...0xFE2F: return
      case 0xFF00...0xFFEF, 0x1D400...0x1D7FF, 0x1F000...0x1FAFF, 0xE0100...0xE01EF: return
      case 0x0370...0x06FF, 0x0750...0x077F, 0x0900...0x0DFF, 0x0E00...0x0E7F, 0x10A0...0x11FF, 0x1F00...0x1FFF:
        partly += 1
      case 0x3040...0x318F, 0x31F0...0x31FF, 0x3400...0x9FFF, 0xAC00...0xD7FF, 0xF900...0xFDFF, 0xFE70...0xFEFF:
        partly += 1
      case 0x20000...0x3FFFF: partly += 1
      default: unread += 1
      }
    }
  }
}
