// A text as the scanner reads it: bytes with room on both sides so that eight can be loaded anywhere, and for every byte its
// place in the original. Plain ASCII is copied as it is. Anything else is decoded once: character folding, invisible
// characters dropped, percent, HTML and backslash escapes replaced by what they stand for.

/// Owns its two buffers; grows, never shrinks; used by one scanner at a time.
struct FoldedText: ~Copyable {
  /// Readable bytes before the text and behind it.
  static let margin = 32

  private(set) var storage: UnsafeMutablePointer<UInt8>
  private(set) var places: UnsafeMutablePointer<UInt32>
  private var capacity: Int
  private(set) var count = 0
  /// Whether `places` is in use; without it every byte lies where it lay.
  private(set) var mapped = false
  private(set) var originalCount = 0
  /// Invisible characters that were dropped, and characters smuggled in as Unicode tags.
  private(set) var invisible = 0
  private(set) var tags = 0
  private(set) var bidirectional = 0
  private(set) var escapes = 0
  /// Letters of scripts that are written from right to left, where bidirectional controls are at home.
  private(set) var rightToLeft = 0
  var mostlyRightToLeft: Bool { rightToLeft > 4 }

  init() {
    capacity = 4096
    storage = .allocate(capacity: capacity + 2 * Self.margin)
    storage.initialize(repeating: 0x0a, count: capacity + 2 * Self.margin)
    places = .allocate(capacity: 1)
  }

  deinit {
    storage.deallocate()
    places.deallocate()
  }

  /// The first byte of the text. Valid from `-margin` to `count + margin`.
  var bytes: UnsafePointer<UInt8> { UnsafePointer(storage + Self.margin) }

  /// Where the original begins that the byte at `index` came from.
  func start(_ index: Int) -> Int { mapped ? Int(places[index]) : index }

  /// Where the original ends that the bytes before `index` came from.
  func end(_ index: Int) -> Int {
    guard mapped, index > 0 else { return index }
    let last = places[index - 1]
    var next = index
    while next < count, places[next] == last { next += 1 }
    return Int(places[next])
  }

  /// The folded form of a word of the patterns.
  static func fold(_ word: String) -> String {
    var folded = FoldedText()
    var word = word
    word.withUTF8 { buffer in
      if let base = buffer.baseAddress { folded.load(base, buffer.count) }
    }
    return String(decoding: UnsafeBufferPointer(start: folded.bytes, count: folded.count), as: UTF8.self).trimmed
  }

  private mutating func reserve(_ wanted: Int) {
    if wanted <= capacity { return }
    storage.deallocate()
    capacity = wanted + wanted / 4
    storage = .allocate(capacity: capacity + 2 * Self.margin)
    storage.initialize(repeating: 0x0a, count: Self.margin)
  }

  private mutating func finish() {
    (storage + Self.margin + count).update(repeating: 0x0a, count: Self.margin)
  }

  /// Takes a text. `source` holds `length` bytes of valid UTF-8.
  mutating func load(_ source: UnsafePointer<UInt8>, _ length: Int) {
    invisible = 0
    tags = 0
    bidirectional = 0
    escapes = 0
    rightToLeft = 0
    originalCount = length
    reserve(length * 2 + 16)
    if Self.isPlain(source, length) {
      (storage + Self.margin).update(from: source, count: length)
      count = length
      mapped = false
    } else {
      decode(source, length)
    }
    finish()
  }

  /// Takes bytes that were decoded out of another text, with the place of each.
  mutating func load(decoded: [UInt8], places origin: [UInt32], originalCount total: Int) {
    invisible = 0
    tags = 0
    bidirectional = 0
    escapes = 0
    rightToLeft = 0
    originalCount = total
    reserve(decoded.count)
    count = decoded.count
    prepareMap(count + 1)
    for index in 0..<count {
      storage[Self.margin + index] = decoded[index]
      places[index] = origin[index]
    }
    places[count] = origin[count]
    finish()
  }

  private mutating func prepareMap(_ wanted: Int) {
    places.deallocate()
    places = .allocate(capacity: wanted)
    mapped = true
  }

  /// Whether no byte needs decoding: ASCII, and at most a stray percent, ampersand or backslash. Eight bytes at a time.
  private static func isPlain(_ source: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = 0
    var high: UInt64 = 0
    var marks: UInt64 = 0
    let raw = UnsafeRawPointer(source)
    while index + 8 <= length {
      let block = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      high |= block
      let percent = block ^ 0x2525_2525_2525_2525
      let ampersand = block ^ 0x2626_2626_2626_2626
      let backslash = block ^ 0x5c5c_5c5c_5c5c_5c5c
      // A zero byte borrows into its top bit; a false mark in the byte above a true one does no harm.
      marks |= (percent &- ones) & ~percent | (ampersand &- ones) & ~ampersand | (backslash &- ones) & ~backslash
      index += 8
    }
    while index < length {
      let byte = source[index]
      high |= UInt64(byte)
      if byte == 0x25 || byte == 0x26 || byte == 0x5c { marks |= 0x80 }
      index += 1
    }
    let tops = ones << 7
    if high & tops != 0 { return false }
    return marks & tops == 0 || !hasEscapes(source, length)
  }

  private static func hasEscapes(_ source: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    var index = 0
    while index + 3 < length {
      switch source[index] {
      case 0x25 where source[index + 1].hexValue != nil && source[index + 2].hexValue != nil: return true
      case 0x26 where source[index + 1] == 0x23 || source[index + 1].isLetter: return true
      case 0x5c where [0x75, 0x78, 0x6e, 0x74, 0x22].contains(source[index + 1]): return true
      default: break
      }
      index += 1
    }
    return false
  }

  private mutating func decode(_ source: UnsafePointer<UInt8>, _ length: Int) {
    prepareMap(length * 2 + 17)
    let folding = CharacterFolding.shared
    let out = storage + Self.margin
    var index = 0
    var filled = 0
    func emit(_ byte: UInt8, _ place: Int) {
      out[filled] = byte
      places[filled] = UInt32(truncatingIfNeeded: place)
      filled += 1
    }
    // Each original byte gives at most two folded ones, so `filled` never passes the room reserved by `load`.
    while index < length {
      let byte = source[index]
      if byte < 0x80 {
        if byte == 0x25 || byte == 0x26 || byte == 0x5c, let escape = Escape.read(source, index, length) {
          escapes += 1
          if escape.scalar < 0x80 {
            emit(UInt8(escape.scalar), index)
          } else {
            let entry = folding.entry(escape.scalar)
            if entry.reading == CharacterFolding.Reading.plain { emit(UInt8(entry.value & 0x7f), index) }
          }
          index += escape.length
        } else {
          emit(byte, index)
          index += 1
        }
        continue
      }
      let (scalar, width) = UTF8Reading.scalar(source, index, length)
      let entry = folding.entry(scalar)
      switch entry.reading {
      case CharacterFolding.Reading.plain:
        if scalar >= 0xe0000 { tags += 1 }
        var value = entry.value
        var room = min(width, 4)
        while value != 0, room > 0 {
          emit(UInt8(value & 0xff), index)
          value >>= 8
          room -= 1
        }
      case CharacterFolding.Reading.nothing:
        invisible += 1
        if (0x202a...0x202e).contains(scalar) || (0x2066...0x2069).contains(scalar) { bidirectional += 1 }
      case CharacterFolding.Reading.space:
        emit(0x20, index)
      case CharacterFolding.Reading.lookalike where Self.mixed(source, index, width, length):
        emit(UInt8(entry.value), index)
      case CharacterFolding.Reading.ideograph:
        emit(0x20, index)
        for offset in 0..<width { emit(source[index + offset], index) }
        emit(0x20, index)
      default:
        if (0x590..<0x900).contains(scalar) { rightToLeft += 1 }
        let lower = entry.reading == CharacterFolding.Reading.lookalike ? scalar : entry.value
        if lower < 0x800, lower >= 0x80 {
          emit(UInt8(0xc0 | lower >> 6), index)
          emit(UInt8(0x80 | lower & 0x3f), index)
        } else {
          for offset in 0..<width { emit(source[index + offset], index) }
        }
      }
      index += width
    }
    places[filled] = UInt32(truncatingIfNeeded: length)
    count = filled
  }

  /// Whether the look-alike at `index` stands in a word that also has ASCII letters, or alone among ASCII: the words around
  /// it are looked at, eight bytes either way.
  private static func mixed(_ source: UnsafePointer<UInt8>, _ index: Int, _ width: Int, _ length: Int) -> Bool {
    var latin = 0
    var other = 0
    var at = index + width
    while at < length, at < index + 16, source[at].isWordByte {
      if source[at] < 0x80 { latin += 1 } else { other += 1 }
      at += 1
    }
    at = index - 1
    while at >= 0, at > index - 16, source[at].isWordByte {
      if source[at] < 0x80 { latin += 1 } else { other += 1 }
      at -= 1
    }
    return latin > 0 || other <= 1
  }
}

extension UInt8 {
  /// The value of a hexadecimal digit.
  var hexValue: UInt8? {
    if isDigit { return self &- 0x30 }
    let letter = (self | 0x20) &- 0x61
    return letter < 6 ? letter + 10 : nil
  }
}

/// Reads one scalar of UTF-8 that was checked before (it comes from a `String`).
enum UTF8Reading {
  static func scalar(_ source: UnsafePointer<UInt8>, _ index: Int, _ length: Int) -> (UInt32, Int) {
    let first = UInt32(source[index])
    func next(_ offset: Int) -> UInt32 { index + offset < length ? UInt32(source[index + offset] & 0x3f) : 0 }
    if first < 0xe0 { return ((first & 0x1f) << 6 | next(1), min(2, length - index)) }
    if first < 0xf0 { return ((first & 0x0f) << 12 | next(1) << 6 | next(2), min(3, length - index)) }
    return ((first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), min(4, length - index))
  }
}

/// One escape of a URL, of HTML or of a string literal.
struct Escape {
  var scalar: UInt32
  var length: Int

  private static let named: [String: UInt32] = [
    "lt": 0x3c, "gt": 0x3e, "amp": 0x26, "quot": 0x22, "apos": 0x27, "nbsp": 0x20, "lpar": 0x28, "rpar": 0x29,
    "sol": 0x2f, "bsol": 0x5c, "colon": 0x3a, "lbrack": 0x5b, "rbrack": 0x5d, "num": 0x23, "period": 0x2e,
    "comma": 0x2c, "newline": 0x0a, "shy": 0x20,
  ]

  static func read(_ source: UnsafePointer<UInt8>, _ index: Int, _ length: Int) -> Escape? {
    switch source[index] {
    case 0x25:
      guard let value = hex(source, index + 1, 2, length), value >= 0x20, value < 0x7f else { return nil }
      return Escape(scalar: value, length: 3)
    case 0x26: return entity(source, index, length)
    default: return backslash(source, index, length)
    }
  }

  private static func hex(_ source: UnsafePointer<UInt8>, _ start: Int, _ digits: Int, _ length: Int) -> UInt32? {
    guard start + digits <= length else { return nil }
    var value: UInt32 = 0
    for index in start..<start + digits {
      guard let digit = source[index].hexValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  private static func entity(_ source: UnsafePointer<UInt8>, _ index: Int, _ length: Int) -> Escape? {
    var end = index + 1
    while end < length, end < index + 12, source[end] != 0x3b { end += 1 }
    guard end < length, source[end] == 0x3b, end > index + 1 else { return nil }
    if source[index + 1] == 0x23 {
      let isHex = source[index + 2] | 0x20 == 0x78
      var value: UInt32 = 0
      let start = index + (isHex ? 3 : 2)
      guard start < end else { return nil }
      for at in start..<end {
        guard let digit = source[at].hexValue, isHex || digit < 10, value < 0x11_0000 else { return nil }
        value = value * (isHex ? 16 : 10) + UInt32(digit)
      }
      return Escape(scalar: value == 0 ? 0x20 : value, length: end + 1 - index)
    }
    let name = String(decoding: UnsafeBufferPointer(start: source + index + 1, count: end - index - 1), as: UTF8.self)
    return named[name.lowercased()].map { Escape(scalar: $0, length: end + 1 - index) }
  }

  private static func backslash(_ source: UnsafePointer<UInt8>, _ index: Int, _ length: Int) -> Escape? {
    guard index + 1 < length else { return nil }
    switch source[index + 1] {
    case 0x6e where index + 2 < length && !source[index + 2].isDigit: return Escape(scalar: 0x0a, length: 2)
    case 0x22: return Escape(scalar: 0x22, length: 2)
    case 0x78:
      return hex(source, index + 2, 2, length).flatMap { $0 >= 0x20 ? Escape(scalar: $0, length: 4) : nil }
    case 0x75:
      return hex(source, index + 2, 4, length).flatMap { $0 >= 0x20 ? Escape(scalar: $0, length: 6) : nil }
    default: return nil
    }
  }
}
