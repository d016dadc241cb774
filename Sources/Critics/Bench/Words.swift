// A rationale is put together from many small parts: bytes in one piece of memory, made a text once.
import Glibc

struct Words: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// How many bytes there are.
  private(set) var count = 0

  init(capacity: Int = 512) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  deinit { base.deallocate() }

  /// Whole texts and ASCII alone are added, so the bytes are UTF-8.
  var text: String { String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self) }

  /// Whether what stands from `place` on is what `earlier` ends with.
  func repeats(_ earlier: Range<Int>, from place: Int) -> Bool {
    let length = count - place
    return earlier.count >= length && memcmp(base + earlier.upperBound - length, base + place, length) == 0
  }

  /// Takes back what was added behind the first `length` bytes.
  mutating func cut(to length: Int) { count = min(count, length) }

  mutating func add(_ text: StaticString) { add(text.utf8Start, text.utf8CodeUnitCount) }

  mutating func add(text: String) {
    var text = text
    text.withUTF8 { add($0.baseAddress, $0.count) }
  }

  private mutating func add(_ start: UnsafePointer<UInt8>?, _ length: Int) {
    guard let start else { return }
    makeRoom(for: length)
    memcpy(base + count, start, length)
    count += length
  }

  private mutating func makeRoom(for more: Int) {
    if count + more <= capacity { return }
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * (count + more))
    larger.update(from: base, count: count)
    base.deallocate()
    (base, capacity) = (larger, 2 * (count + more))
  }

  /// A name of the code, with spaces for its underscores.
  mutating func add(spaced name: String) {
    let start = count
    add(text: name)
    for place in start..<count where base[place] == UInt8(ascii: "_") { base[place] = UInt8(ascii: " ") }
  }

  /// The digits of a number, the last `places` of them behind a point.
  mutating func add(digits number: UInt64, places: Int = 0) {
    // No number has more digits than twenty; they are written from the last to the first, and moved.
    makeRoom(for: 24)
    let end = base + count + 24
    var (rest, digits, first) = (number, 0, end)
    while digits <= places || rest > 0 {
      if digits == places, places > 0 {
        first -= 1
        first.pointee = UInt8(ascii: ".")
      }
      first -= 1
      first.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      digits += 1
    }
    memmove(base + count, first, end - first)
    count += end - first
  }
}
