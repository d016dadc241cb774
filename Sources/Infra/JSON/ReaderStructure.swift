// Objects and arrays: walked member by member, with separators, names and depth checked on the way.

extension JSONReader {
  /// Where a caller is within an object; made by `object()`, moved on by `key(_:)`.
  @usableFromInline
  package struct Object {
    /// Where the object begins in the text.
    package let offset: Int
    /// Where the value of the last member begins: still there at the next call if nobody read it.
    @usableFromInline var unread = -1
    @usableFromInline var isOpen: Bool
    /// The object's part of `SeenKeys`: its first entry, the bits of the fingerprints so far, and its table once it is
    /// large.
    let base: Int
    var filter: UInt64 = 0
    var table = -1
    /// In `table`: there was no object.
    static var absent: Int { -2 }

    init(offset: Int, base: Int) {
      self.offset = offset
      self.base = base
      isOpen = true
    }

    init(absentAt offset: Int) {
      self.offset = offset
      base = 0
      table = Self.absent
      isOpen = false
    }
  }

  /// Where a caller is within an array; made by `array()`, moved on by `next(_:)`.
  @usableFromInline
  package struct Array {
    package let offset: Int
    /// How many elements `next` has announced.
    package private(set) var count = 0
    @usableFromInline var unread = -1
    @usableFromInline var isOpen: Bool

    init(offset: Int, isOpen: Bool) {
      self.offset = offset
      self.isOpen = isOpen
    }

    mutating func step(to position: Int) {
      unread = position
      count += 1
    }
  }

  /// The type of the next value.
  package func peek() throws(JSONError) -> JSONKind {
    switch current {
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
    case UInt8(ascii: "n"): .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
    default: throw unexpected()
    }
  }

  // MARK: Objects

  /// Enters an object. Anything else is noted as a field error, and there are no keys to read.
  package mutating func object() throws(JSONError) -> Object {
    valueOffset = position
    guard current == UInt8(ascii: "{") else {
      let offset = position
      try refuseType("must be an object")
      return Object(absentAt: offset)
    }
    try descend()
    return Object(offset: valueOffset, base: seen.count)
  }

  /// The name of the next member, whose value is then to be read; nil when the object has ended.
  @_lifetime(copy self)
  package mutating func key(_ object: inout Object) throws(JSONError) -> JSONText? {
    guard object.isOpen else { return nil }
    if object.unread < 0 {
      skipWhitespace()
      if current == UInt8(ascii: "}") {
        ascend()
        object.isOpen = false
        return nil
      }
    } else {
      if position == object.unread { try skip() }
      skipWhitespace()
      if current == UInt8(ascii: "}") {
        ascend()
        object.isOpen = false
        seen.forget(object)
        return nil
      }
      guard current == UInt8(ascii: ",") else { throw unexpected() }
      position += 1
      skipWhitespace()
    }
    guard current == UInt8(ascii: "\"") else { throw unexpected() }
    let key = try scanString()
    guard seen.note(key, in: &object, of: bytes) else { throw failure(.duplicateKey(key.string), at: key.offset) }
    skipWhitespace()
    guard current == UInt8(ascii: ":") else { throw unexpected() }
    position += 1
    skipWhitespace()
    object.unread = position
    return key
  }

  // MARK: Arrays

  /// Enters an array. Anything else is noted as a field error, and there are no elements to read.
  @usableFromInline
  package mutating func array() throws(JSONError) -> Array {
    valueOffset = position
    guard current == UInt8(ascii: "[") else {
      let offset = position
      try refuseType("must be an array")
      return Array(offset: offset, isOpen: false)
    }
    try descend()
    return Array(offset: valueOffset, isOpen: true)
  }

  /// Whether another element follows, which is then to be read.
  @usableFromInline
  package mutating func next(_ array: inout Array) throws(JSONError) -> Bool {
    guard array.isOpen else { return false }
    if array.unread < 0 {
      skipWhitespace()
      if current == UInt8(ascii: "]") {
        ascend()
        array.isOpen = false
        return false
      }
    } else {
      if position == array.unread { try skip() }
      skipWhitespace()
      if current == UInt8(ascii: "]") {
        ascend()
        array.isOpen = false
        return false
      }
      guard current == UInt8(ascii: ",") else { throw unexpected() }
      position += 1
      skipWhitespace()
    }
    array.step(to: position)
    return true
  }

  /// Reads every element of an array with `element`. Elements beyond `maximumCount` are a field error and are not kept.
  @inlinable
  package mutating func list<Element>(
    maximumCount: Int = .max, _ element: (inout JSONReader) throws(JSONError) -> Element
  ) throws(JSONError) -> [Element] {
    var list: [Element] = []
    var array = try array()
    while try next(&array) {
      guard list.count < maximumCount else {
        try skipRest(of: &array, maximumCount: maximumCount)
        break
      }
      if list.isEmpty { list.reserveCapacity(4) }
      list.append(try element(&self))
    }
    return list
  }

  @inlinable
  package mutating func list<Element: JSONReadable>(
    of _: Element.Type = Element.self, maximumCount: Int = .max
  ) throws(JSONError) -> [Element] {
    try list(maximumCount: maximumCount) { reader throws(JSONError) in try Element(from: &reader) }
  }

  package mutating func strings(maximumCount: Int = .max, maximumBytes: Int = .max) throws(JSONError) -> [String] {
    try list(maximumCount: maximumCount) { reader throws(JSONError) in try reader.string(maximumBytes: maximumBytes) }
  }

  /// Reads strings of at most so many characters each.
  package mutating func strings(maximumCount: Int, maximumLength: Int) throws(JSONError) -> [String] {
    try list(maximumCount: maximumCount) { reader throws(JSONError) in
      try reader.string(maximumLength: maximumLength)
    }
  }

  @usableFromInline
  mutating func skipRest(of array: inout Array, maximumCount: Int) throws(JSONError) {
    while try next(&array) {}
    valueOffset = array.offset
    refuse("must have at most \(maximumCount) elements")
  }

  // MARK: Anything

  /// Reads a value that reads itself.
  @inlinable
  package mutating func read<Value: JSONReadable>(_: Value.Type = Value.self) throws(JSONError) -> Value {
    try Value(from: &self)
  }

  /// Reads `null`, if that is what comes.
  @usableFromInline
  package mutating func takeNull() throws(JSONError) -> Bool {
    guard current == UInt8(ascii: "n") else { return false }
    valueOffset = position
    try literal("null")
    return true
  }

  /// Reads a value with `body`, or nil for `null`.
  @inlinable
  package mutating func optional<Value>(
    _ body: (inout JSONReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value? {
    try takeNull() ? nil : try body(&self)
  }

  package mutating func boolean() throws(JSONError) -> Bool {
    valueOffset = position
    switch current {
    case UInt8(ascii: "t"):
      try literal("true")
      return true
    case UInt8(ascii: "f"):
      try literal("false")
      return false
    default:
      try refuseType("must be true or false")
      return false
    }
  }

  /// Reads past a value, checking it in full.
  @usableFromInline
  package mutating func skip() throws(JSONError) {
    let offset = position
    switch try peek() {
    case .string: _ = try scanString()
    case .number: _ = try number()
    case .boolean: _ = try boolean()
    case .null: try literal("null")
    case .array:
      var array = try array()
      while try next(&array) {}
    case .object:
      var object = try object()
      while try key(&object) != nil {}
    }
    valueOffset = offset
  }

  /// The bytes of the next value as they stand in the text, checked in full.
  @_lifetime(copy self)
  package mutating func raw() throws(JSONError) -> RawSpan {
    let start = position
    try skip()
    return bytes.extracting(start..<position)
  }

  /// Notes that the next value is of the wrong type, and reads past it.
  @usableFromInline @inline(never)
  mutating func refuseType(_ message: String) throws(JSONError) {
    try skip()
    refuse(message)
  }

  private mutating func descend() throws(JSONError) {
    guard depth < limits.maximumDepth else { throw failure(.tooDeep(limit: limits.maximumDepth), at: position) }
    depth += 1
    position += 1
  }

  private mutating func ascend() {
    depth -= 1
    position += 1
  }

  private mutating func literal(_ word: StaticString) throws(JSONError) {
    for index in 0..<word.utf8CodeUnitCount {
      guard current == word.utf8Start[index] else { throw unexpected() }
      position += 1
    }
  }
}
