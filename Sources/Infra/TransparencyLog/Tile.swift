// C2SP tlog-tiles: the coordinates of a tile, its path, and the bytes of tiles and of entry bundles.
import Crypto

/// The coordinates of a tile of hashes: 256 of them, or fewer on the right edge of the tree.
package struct Tile: Hashable, Sendable {
  package static let height = 8
  package static let fullWidth = 256
  package static let highestLevel = 63
  /// An entry's length is written in two bytes.
  package static let largestEntry = 65_535

  package let level: Int
  package let index: UInt64
  package let width: Int

  /// Nil for a level above 63 or a width outside 1…256.
  package init?(level: Int, index: UInt64, width: Int = Tile.fullWidth) {
    guard 0...Tile.highestLevel ~= level, 1...Tile.fullWidth ~= width else { return nil }
    self.level = level
    self.index = index
    self.width = width
  }

  /// `tile/<L>/<N>[.p/<W>]`
  package var path: String { "tile/\(level)/" + Tile.suffix(index: index, width: width) }

  /// `tile/entries/<N>[.p/<W>]`: the bundle of the entries whose hashes the level 0 tile of these coordinates holds.
  package var entriesPath: String { "tile/entries/" + Tile.suffix(index: index, width: width) }

  private static func suffix(index: UInt64, width: Int) -> String {
    var rest = index / 1000
    var path = threeDigits(index % 1000)
    while rest > 0 {
      path = "x\(threeDigits(rest % 1000))/\(path)"
      rest /= 1000
    }
    return width == fullWidth ? path : "\(path).p/\(width)"
  }

  private static func threeDigits(_ value: UInt64) -> String {
    let digits = String(value)
    return String(repeating: "0", count: 3 - digits.count) + digits
  }

  /// What a path asks for.
  package enum Resource: Hashable, Sendable {
    case hashes(Tile)
    /// A bundle of entries; the level of the tile is 0.
    case entries(Tile)
  }

  /// Reads `tile/…` exactly as the standard writes it: any other spelling of the same coordinates is refused, so that
  /// caches hold each tile once.
  package static func parse(path: some StringProtocol) -> Resource? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0] == "tile" else { return nil }
    let areEntries = parts[1] == "entries"
    guard let level = areEntries ? 0 : plainNumber(parts[1]), level <= UInt64(highestLevel) else { return nil }
    var numbers = parts[2...]
    var width = fullWidth
    if numbers.count >= 2, numbers[numbers.endIndex - 2].hasSuffix(".p") {
      guard let partial = plainNumber(numbers[numbers.endIndex - 1]), 1..<UInt64(fullWidth) ~= partial else {
        return nil
      }
      width = Int(partial)
      numbers.removeLast()
    }
    var index: UInt64 = 0
    for (position, element) in zip(numbers.indices, numbers) {
      let isLast = position == numbers.endIndex - 1
      let digits = isLast ? (width < fullWidth ? element.dropLast(2) : element[...]) : element.dropFirst()
      guard isLast || element.hasPrefix("x"), digits.utf8.count == 3, digits.utf8.allSatisfy({ 48...57 ~= $0 }),
        let group = UInt64(digits)
      else { return nil }
      let (product, overflow) = index.multipliedReportingOverflow(by: 1000)
      let (sum, carry) = product.addingReportingOverflow(group)
      guard !overflow, !carry, position == numbers.startIndex || sum >= 1000 else { return nil }
      index = sum
    }
    guard let tile = Tile(level: Int(level), index: index, width: width) else { return nil }
    return areEntries ? .entries(tile) : .hashes(tile)
  }

  /// A decimal number without signs or superfluous zeroes.
  private static func plainNumber(_ text: some StringProtocol) -> UInt64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ 48...57 ~= $0 }), text == "0" || !text.hasPrefix("0") else {
      return nil
    }
    return UInt64(text)
  }
}

extension Tile {
  /// The tiles, at every level, that a tree of `size` leaves has on its right edge and that are not full.
  package static func partials(size: UInt64) -> [Tile] {
    var tiles: [Tile] = []
    var rest = size
    var level = 0
    while rest > 0 {
      let tile = Tile(level: level, index: rest >> UInt64(height), width: Int(rest % UInt64(fullWidth)))
      if let tile { tiles.append(tile) }
      rest >>= UInt64(height)
      level += 1
    }
    return tiles
  }

  /// How many hashes the tile `index` at `level` holds in a tree of `size` leaves: 0 if it is not there at all.
  package static func width(level: Int, index: UInt64, size: UInt64) -> Int {
    guard height * level < UInt64.bitWidth else { return 0 }
    let hashes = size >> UInt64(height * level)
    guard index <= hashes / UInt64(fullWidth) else { return 0 }
    return Int(min(hashes - index * UInt64(fullWidth), UInt64(fullWidth)))
  }

  /// The root over `hashes`, whose number is a power of two.
  package static func root(of hashes: ArraySlice<Digest>) -> Digest {
    precondition(hashes.count.nonzeroBitCount == 1, "a complete subtree has a power of two of leaves")
    if hashes.count == 1 { return hashes[hashes.startIndex] }
    var level = Array(hashes)
    level.withUnsafeMutableBufferPointer { level in
      var count = level.count
      while count > 1 {
        MerkleHash.nodes(
          over: UnsafeBufferPointer(rebasing: level[..<count]),
          into: UnsafeMutableBufferPointer(rebasing: level[..<(count / 2)]))
        count /= 2
      }
    }
    return level[0]
  }

  package static func bytes(of hashes: ArraySlice<Digest>) -> [UInt8] {
    // All empty arrays are one, to which nobody may write, not even their count.
    if hashes.isEmpty { return [] }
    return [UInt8](unsafeUninitializedCapacity: hashes.count * Digest.byteCount) { buffer, count in
      for hash in hashes {
        hash.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]).copyMemory(from: $0)
        }
        count += Digest.byteCount
      }
    }
  }

  /// The hashes in a tile's bytes, or nil unless they are `width` whole hashes.
  package static func hashes(in bytes: RawSpan, width: Int) -> [Digest]? {
    guard bytes.byteCount == width * Digest.byteCount else { return nil }
    return bytes.withUnsafeBytes { bytes in
      [Digest](unsafeUninitializedCapacity: width) { hashes, count in
        // A digest is its bytes and nothing else.
        UnsafeMutableRawBufferPointer(hashes).copyMemory(from: bytes)
        count = width
      }
    }
  }
}

/// Entry bundles: each entry after its length in two bytes, the higher first.
package enum EntryBundle {
  package static func append(_ entry: RawSpan, to bundle: inout [UInt8]) {
    precondition(entry.byteCount <= Tile.largestEntry, "the length of an entry fits two bytes")
    bundle.append(UInt8(entry.byteCount >> 8))
    bundle.append(UInt8(entry.byteCount & 0xFF))
    entry.withUnsafeBytes { bundle.append(contentsOf: $0) }
  }

  /// The ranges of the entries in a bundle, or nil if its lengths do not add up.
  package static func ranges(in bundle: RawSpan) -> [Range<Int>]? {
    var ranges: [Range<Int>] = []
    var offset = 0
    while offset < bundle.byteCount {
      guard offset + 2 <= bundle.byteCount else { return nil }
      let length =
        Int(bundle.unsafeLoad(fromByteOffset: offset, as: UInt8.self)) << 8
        | Int(bundle.unsafeLoad(fromByteOffset: offset + 1, as: UInt8.self))
      guard offset + 2 + length <= bundle.byteCount else { return nil }
      ranges.append(offset + 2..<offset + 2 + length)
      offset += 2 + length
    }
    return ranges
  }
}
