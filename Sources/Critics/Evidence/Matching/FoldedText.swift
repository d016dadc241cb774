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
  /// What invisible characters carry, and what they turn around.
  private(set) var hidden = HiddenRuns()
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
  var bytes: TextBytes { reading(UnsafePointer(storage + Self.margin)) }

  #if DEBUG
    let meter = WorkMeter()
    private func reading(_ bytes: UnsafePointer<UInt8>) -> TextBytes { TextBytes(bytes, meter) }
  #else
    @inline(__always)
    private func reading(_ bytes: UnsafePointer<UInt8>) -> TextBytes { bytes }
  #endif

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
    return String(decoding: UnsafeBufferPointer(start: folded.bytes + 0, count: folded.count), as: UTF8.self).trimmed
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
  mutating func load(_ original: UnsafePointer<UInt8>, _ length: Int) {
    let source = reading(original)
    invisible = 0
    tags = 0
    bidirectional = 0
    escapes = 0
    rightToLeft = 0
    hidden = HiddenRuns()
    originalCount = length
    reserve(length * 2 + 16)
    if Self.isPlain(source, length) {
      (storage + Self.margin).update(from: original, count: length)
      count = length
      mapped = false
    } else {
      decode(source, length)
    }
    finish()
  }

  /// Takes bytes that were decoded out of another text, with the place of each, and folds them like any other.
  mutating func load(decoded: [UInt8], places origin: [UInt32], originalCount total: Int) {
    invisible = 0
    tags = 0
    bidirectional = 0
    escapes = 0
    rightToLeft = 0
    hidden = HiddenRuns()
    originalCount = total
    var folded = FoldedText()
    decoded.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { folded.load(base, buffer.count) }
    }
    reserve(folded.count)
    count = folded.count
    prepareMap(count + 1)
    for index in 0..<count {
      storage[Self.margin + index] = folded.bytes[index]
      places[index] = origin[folded.start(index)]
    }
    places[count] = origin[decoded.count]
    finish()
  }

  private mutating func prepareMap(_ wanted: Int) {
    places.deallocate()
    places = .allocate(capacity: wanted)
    mapped = true
  }

  /// Whether no byte needs decoding: ASCII, and at most a stray percent, ampersand, backslash or bracket. Sixteen bytes at a
  /// time.
  private static func isPlain(_ source: TextBytes, _ length: Int) -> Bool {
    var index = 0
    var (highs, marks) = (SIMD16<UInt8>.zero, SIMD16<UInt8>.zero)
    let raw = UnsafeRawPointer(source + 0)
    while index + 16 <= length {
      let block = raw.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
      highs |= block
      marks |= isZero(block ^ SIMD16(repeating: 0x25)) | isZero(block ^ SIMD16(repeating: 0x26))
      marks |= isZero(block ^ SIMD16(repeating: 0x5c)) | isZero(block ^ SIMD16(repeating: 0x3c))
      index += 16
    }
    while index < length {
      let byte = source[index]
      highs[0] |= byte
      if byte == 0x25 || byte == 0x26 || byte == 0x5c || byte == 0x3c { marks[0] |= 0x80 }
      index += 1
    }
    if hasTop(highs) { return false }
    return !hasTop(marks) || !hasEscapes(source, length)
  }

  /// The top bit of each byte that is zero; of ASCII alone nothing else sets it.
  @inline(__always)
  private static func isZero(_ block: SIMD16<UInt8>) -> SIMD16<UInt8> { (block &- SIMD16(repeating: 1)) & ~block }

  @inline(__always)
  private static func hasTop(_ block: SIMD16<UInt8>) -> Bool {
    let halves = unsafeBitCast(block, to: SIMD2<UInt64>.self)
    return (halves[0] | halves[1]) & 0x8080_8080_8080_8080 != 0
  }

  private static func hasEscapes(_ source: TextBytes, _ length: Int) -> Bool {
    var index = 0
    while index + 1 < length {
      let next = source[index + 1]
      switch source[index] {
      case 0x25 where index + 2 < length && next.hexValue != nil && source[index + 2].hexValue != nil: return true
      case 0x26 where next == 0x23 || next.isLetter: return true
      case 0x5c where [0x75, 0x78, 0x6e, 0x74, 0x22].contains(next): return true
      case 0x3c where Tag(source, index, length) != nil: return true
      default: break
      }
      index += 1
    }
    return false
  }

  private mutating func decode(_ source: TextBytes, _ length: Int) {
    prepareMap(length * 2 + 17)
    let folding = CharacterFolding.shared
    var word = MixedWord()
    var index = 0
    count = 0
    // Each original byte gives at most two folded ones, so `count` never passes the room reserved by `load`.
    while index < length {
      let byte = source[index]
      if byte < 0x80 {
        switch byte {
        case 0x25, 0x26, 0x5c:
          if let escape = Escape.read(source, index, length) {
            escapes += 1
            take(escape.scalar, source, index, escape.length, length, folding, &word)
            index += escape.length
            continue
          }
        case 0x3c:
          if let tag = Tag(source, index, length) {
            escapes += 1
            hidden.take(tag: UnsafeBufferPointer(rebasing: tag.inside(source, index)), at: index)
            if !tag.isWithinWord { emit(0x20, index) }
            index += tag.length
            continue
          }
        default: break
        }
        if byte < 0x20 { hidden.lineEnds(at: index) }
        if hidden.isReversing { hidden.takeReversed(UInt32(byte)) }
        hidden.otherCharacter()
        emit(byte, index)
        index += 1
        continue
      }
      let (scalar, width) = UTF8Reading.scalar(source, index, length)
      take(scalar, source, index, width, length, folding, &word)
      index += width
    }
    hidden.end(at: length)
    places[count] = UInt32(truncatingIfNeeded: length)
  }

  @inline(__always)
  private mutating func emit(_ byte: UInt8, _ place: Int) {
    storage[Self.margin + count] = byte
    places[count] = UInt32(truncatingIfNeeded: place)
    count += 1
  }

  private mutating func emit(scalar: UInt32, _ place: Int) {
    if scalar < 0x80 {
      emit(UInt8(scalar), place)
    } else if scalar < 0x800 {
      emit(UInt8(0xc0 | scalar >> 6), place)
      emit(UInt8(0x80 | scalar & 0x3f), place)
    } else if scalar < 0x1_0000 {
      emit(UInt8(0xe0 | scalar >> 12), place)
      emit(UInt8(0x80 | scalar >> 6 & 0x3f), place)
      emit(UInt8(0x80 | scalar & 0x3f), place)
    } else {
      emit(UInt8(0xf0 | scalar >> 18 & 0x07), place)
      emit(UInt8(0x80 | scalar >> 12 & 0x3f), place)
      emit(UInt8(0x80 | scalar >> 6 & 0x3f), place)
      emit(UInt8(0x80 | scalar & 0x3f), place)
    }
  }

  /// One scalar that `width` bytes at `index` stand for.
  private mutating func take(
    _ scalar: UInt32, _ source: TextBytes, _ index: Int, _ width: Int, _ length: Int,
    _ folding: CharacterFolding, _ word: inout MixedWord
  ) {
    if scalar < 0x80 {
      if hidden.isReversing { hidden.takeReversed(scalar) }
      hidden.otherCharacter()
      return emit(UInt8(scalar), index)
    }
    let entry = folding.entry(scalar)
    if entry.reading != CharacterFolding.Reading.nothing {
      if hidden.isReversing { hidden.takeReversed(entry.value) }
      hidden.otherCharacter()
    }
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
      hidden.take(invisible: scalar, at: index, width)
    case CharacterFolding.Reading.space:
      emit(0x20, index)
    case CharacterFolding.Reading.blank:
      // Between letters it hides that they are one word.
      let next = index + width
      if count > 0, storage[Self.margin + count - 1].isWordByte, next < length, source[next].isWordByte { break }
      emit(0x20, index)
    case CharacterFolding.Reading.ideograph:
      emit(0x20, index)
      emit(scalar: scalar, index)
      emit(0x20, index)
    case CharacterFolding.Reading.lookalike where word.folds(source, index, width, length, folding):
      emit(UInt8(entry.value), index)
    default:
      if (0x590..<0x900).contains(scalar) { rightToLeft += 1 }
      emit(scalar: entry.reading == CharacterFolding.Reading.lookalike ? scalar : entry.value, index)
    }
  }
}

/// Whether the look-alikes of a word are read as the ASCII letters that they pass for: where the word has ASCII letters too,
/// where it is that letter alone, or where nothing but look-alikes stands beside an ASCII word. Each word is judged once.
private struct MixedWord {
  /// How far a word is looked at on either side.
  static let reach = 48
  private var end = -1
  private var answer = false

  mutating func folds(
    _ source: TextBytes, _ index: Int, _ width: Int, _ length: Int, _ folding: CharacterFolding
  ) -> Bool {
    if index < end { return answer }
    var latin = 0
    var letters = 1
    var onlyLookalikes = true
    var at = index + width
    let stop = min(length, index + Self.reach)
    while at < stop, source[at].isWordByte {
      if source[at] < 0x80 {
        latin += 1
        at += 1
        continue
      }
      let (scalar, size) = UTF8Reading.scalar(source, at, length)
      let reading = folding.entry(scalar).reading
      if reading == CharacterFolding.Reading.space { break }
      if reading != CharacterFolding.Reading.nothing {
        letters += 1
        if reading == CharacterFolding.Reading.other { onlyLookalikes = false }
      }
      at += size
    }
    end = at
    var before = index
    while before > 0, before > index - Self.reach, source[before - 1].isWordByte {
      before -= 1
      if source[before] < 0x80 { latin += 1 } else if source[before] >= 0xc0 { letters += 1 }
    }
    answer =
      latin > 0 || letters == 1
      || onlyLookalikes && before == index && Self.besideLatin(source, before, at, length)
    return answer
  }

  private static func besideLatin(_ source: TextBytes, _ start: Int, _ end: Int, _ length: Int) -> Bool {
    var at = start
    while at > 0, at > start - 4, source[at - 1] < 0x80, !source[at - 1].isWordByte { at -= 1 }
    if at > 0, source[at - 1].isLetter { return true }
    at = end
    while at < length, at < end + 4, source[at] < 0x80, !source[at].isWordByte { at += 1 }
    return at < length && source[at].isLetter
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
  static func scalar(_ source: TextBytes, _ index: Int, _ length: Int) -> (UInt32, Int) {
    let first = UInt32(source[index])
    func next(_ offset: Int) -> UInt32 { index + offset < length ? UInt32(source[index + offset] & 0x3f) : 0 }
    if first < 0xe0 { return ((first & 0x1f) << 6 | next(1), min(2, length - index)) }
    if first < 0xf0 { return ((first & 0x0f) << 12 | next(1) << 6 | next(2), min(3, length - index)) }
    return ((first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), min(4, length - index))
  }
}
