// From any JSON text to its canonical form in one pass, with neither a tree nor a string: members are written as they come,
// and only where they come in the wrong order are their bytes put into the right one.
import Glibc

extension JSONCanonical {
  /// The canonical bytes of a JSON text. A number that cannot be written is a field error at its place.
  package static func bytes(
    from text: RawSpan, limits: JSONLimits = .standard, integers: Integers = .interoperable
  ) throws(JSONRefusal) -> [UInt8] {
    try JSONReader.decode(text, limits: limits) { reader throws(JSONError) in
      var writer = JSONWriter(capacity: text.byteCount)
      try reader.canonical(to: &writer, integers: integers)
      return writer.array
    }
  }

  package static func bytes(
    from text: [UInt8], limits: JSONLimits = .standard, integers: Integers = .interoperable
  ) throws(JSONRefusal) -> [UInt8] {
    try bytes(from: text.span.bytes, limits: limits, integers: integers)
  }
}

/// A member of an object that is being written.
private struct WrittenMember {
  /// Its name in the text that it was read from, between the quotation marks.
  let name: Range<Int>
  let isPlain: Bool
  /// Its name, colon and value in the writer's buffer.
  let start: Int
  var end: Int
}

extension JSONReader {
  /// Reads the next value and appends its canonical form.
  package mutating func canonical(
    to writer: inout JSONWriter, integers: JSONCanonical.Integers = .interoperable
  ) throws(JSONError) {
    var members: [WrittenMember] = []  // of all objects that are open
    try canonical(to: &writer, integers, &members)
  }

  private mutating func canonical(
    to writer: inout JSONWriter, _ integers: JSONCanonical.Integers, _ members: inout [WrittenMember]
  ) throws(JSONError) {
    switch try peek() {
    case .null:
      try skip()
      writer.null()
    case .boolean: writer.boolean(try boolean())
    case .string: writer.string(try text())
    case .number:
      if case .refused = writer.canonicalNumber(try number(), integers) {
        refuse("is an integer that not every reader of JSON keeps; send it as a string")
      }
    case .array:
      writer.beginArray()
      var array = try array()
      while try next(&array) { try canonical(to: &writer, integers, &members) }
      writer.endArray()
    case .object:
      try canonicalObject(to: &writer, integers, &members)
    }
  }

  private mutating func canonicalObject(
    to writer: inout JSONWriter, _ integers: JSONCanonical.Integers, _ members: inout [WrittenMember]
  ) throws(JSONError) {
    writer.beginObject()
    let first = members.count
    var isSorted = true
    var object = try object()
    while let key = try key(&object) {
      writer.separate()
      let place = members.count
      let name = key.offset + 1..<key.offset + 1 + key.rawByteCount
      let member = WrittenMember(name: name, isPlain: key.isPlain, start: writer.count, end: 0)
      if isSorted, place > first { isSorted = precedes(members[place - 1], member) }
      members.append(member)
      writer.key(key)
      try canonical(to: &writer, integers, &members)
      members[place].end = writer.count
    }
    if !isSorted {
      members[first...].sort { precedes($0, $1) }
      writer.reorder(members[first...])
    }
    members.removeSubrange(first...)
    writer.endObject()
  }

  private func precedes(_ left: WrittenMember, _ right: WrittenMember) -> Bool {
    // Both names have been read from this text, so that their ranges lie in it.
    let leftBytes = bytes.extracting(unchecked: left.name)
    let rightBytes = bytes.extracting(unchecked: right.name)
    if left.isPlain && right.isPlain { return JSONCanonical.precedes(leftBytes, rightBytes) }
    let leftText = JSONText(raw: leftBytes, offset: 0, isPlain: left.isPlain, isASCII: false)
    let rightText = JSONText(raw: rightBytes, offset: 0, isPlain: right.isPlain, isASCII: false)
    return leftText.withBytes { left in rightText.withBytes { right in JSONCanonical.precedes(left, right) } }
  }
}

extension JSONWriter {
  /// Begins a member with a name as it was read.
  mutating func key(_ name: JSONText) {
    string(name)
    append(UInt8(ascii: ":"))
  }

  /// Puts the members, which are all that was written last, into the given order.
  fileprivate mutating func reorder(_ members: ArraySlice<WrittenMember>) {
    let end = count
    guard let start = members.lazy.map(\.start).min() else { return }
    reserve(end - start)
    for (number, member) in members.enumerated() {
      if number > 0 { append(UInt8(ascii: ",")) }
      // The same bytes and commas as before: room was made for them behind `end`.
      memcpy(base + count, base + member.start, member.end - member.start)
      count += member.end - member.start
    }
    memcpy(base + start, base + end, end - start)
    count = end
  }
}
