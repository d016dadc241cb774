// The laws of JSON: what is accepted survives writing, Foundation agrees that it is JSON, the canonical form is a fixed
// point, and the ways of reading agree with one another.
import Foundation
import JSON

@Sendable
func fuzzJSON(_ bytes: RawSpan) {
  let value: JSONValue
  do throws(JSONError) {
    value = try JSONValue(parsing: bytes)
  } catch {
    expect((0...bytes.byteCount).contains(error.offset), "an error lies in the text")
    expect(error.line >= 1 && error.column >= 1, "lines and columns count from 1")
    expect(!skips(bytes), "what cannot be read cannot be skipped")
    return
  }
  expect(skips(bytes), "what can be read can be skipped")

  let data = bytes.withUnsafeBytes { Data($0) }
  let foundation = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
  expect(foundation != nil, "Foundation accepts what is accepted")

  let written = value.jsonBytes
  guard let again = try? JSONValue(parsing: written) else { return expect(false, "what is written can be read") }
  expect(again == value, "reading, writing and reading again gives the same value")
  expect(again.jsonBytes == written, "writing again gives the same bytes")

  let canonical = try? JSONCanonical.bytes(of: value)
  expect((try? JSONCanonical.bytes(from: bytes)) == canonical, "text and tree have the same canonical form")
  if let canonical {
    guard let same = try? JSONValue(parsing: canonical) else { return expect(false, "the canonical form can be read") }
    expect((try? JSONCanonical.bytes(of: same)) == canonical, "the canonical form is its own canonical form")
    expect(isSame(same, value), "the canonical form is the same value")
  }

  let exact = try? JSONCanonical.bytes(of: value, integers: .exact)
  expect((try? JSONCanonical.bytes(from: bytes, integers: .exact)) == exact, "also with exact integers")
  expect(exact.flatMap { try? JSONValue(parsing: $0) } == value, "the exact canonical form is the same value")

  // A reader that wants other types finds field errors, never malformed text, and names a place for each.
  do throws(JSONRefusal) {
    _ = try JSONReader.decode(Demanding.self, from: bytes)
  } catch {
    guard case .fields(let errors) = error else { return expect(false, "well-formed text stays well-formed") }
    for item in errors.items {
      expect(
        value[item.pointer] != nil || item.message == "is required", "there is a value at \(item.pointer)")
    }
  }
}

/// Whether two values are the same to ECMAScript, for which every number is a double.
private func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
  switch (left, right) {
  case (.array(let left), .array(let right)):
    left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
  case (.object(let left), .object(let right)):
    left.count == right.count
      && left.members.allSatisfy { member in right[member.name].map { isSame($0, member.value) } ?? false }
  default: left == right || left.double != nil && left.double == right.double
  }
}

private func skips(_ bytes: RawSpan) -> Bool {
  (try? JSONReader.decode(bytes) { reader throws(JSONError) in try reader.skip() }) != nil
}

/// Asks for types at every turn, by the first letter of the name, and now and then leaves a value unread.
private struct Demanding: JSONReadable {
  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    while let key = try reader.key(&object) {
      let bytes = key.bytes
      expect(bytes == [UInt8](key.string.utf8), "a key's bytes are its string's")
      switch bytes.first {
      case UInt8(ascii: "a"):
        var array = try reader.array()
        while try reader.next(&array) {
          if array.count % 3 != 0 { _ = try Demanding(from: &reader) }
        }
      case UInt8(ascii: "b"): _ = try reader.boolean()
      case UInt8(ascii: "d"): _ = try reader.double(in: -1...1)
      case UInt8(ascii: "i"): _ = try reader.integer(in: 0...9)
      case UInt8(ascii: "n"): _ = try reader.optional { reader throws(JSONError) in try reader.string(maximumBytes: 3) }
      case UInt8(ascii: "o"): _ = try Demanding(from: &reader)
      case UInt8(ascii: "r"): _ = try reader.raw()
      case UInt8(ascii: "s"): _ = try reader.strings(maximumCount: 2)
      case UInt8(ascii: "u"): _ = try reader.unsigned()
      case UInt8(ascii: "x"): reader.refuseUnknown(key, known: ["axe", "xyz"])
      default: break
      }
    }
    if object.offset % 2 == 0 { reader.missing("needed", of: object) }
  }
}

/// Numbers against the C library, in both directions.
@Sendable
func fuzzJSONNumbers(_ bytes: RawSpan) {
  guard bytes.byteCount >= 8 else { return }
  // As a pattern of bits: any finite double is written so that it reads back, by us and by the C library.
  let double = Double(bitPattern: bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))
  if double.isFinite {
    let text = double.jsonBytes
    expect(strtod(String(decoding: text, as: UTF8.self), nil) == double, "\(double) is written as itself")
    expect((try? JSONValue(parsing: text))?.double == double, "\(double) is read as itself")
  }
  // As the makings of a decimal number, with digits enough to need every way of rounding.
  let digits = bytes.withUnsafeBytes { $0.dropFirst(3).map { UInt8(ascii: "0") + $0 % 10 } }
  let exponent = Int(bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: Int16.self)) % 400
  let text = "1" + String(decoding: digits, as: UTF8.self) + "e\(exponent - digits.count)"
  let expected = strtod(text, nil)
  let read = (try? JSONValue(parsing: text))?.double
  expect(read == (expected.isFinite ? expected : nil), "\(text) is read as the C library reads it")
}
