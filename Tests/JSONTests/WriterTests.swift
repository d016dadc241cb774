// What the writer puts down: structure, strings with the escapes that are needed, buffers that grow.
import Foundation
import JSON
import Testing

private func written(_ body: (inout JSONWriter) -> Void) -> String {
  var writer = JSONWriter()
  body(&writer)
  return writer.string
}

@Suite struct WriterTests {
  @Test func `commas and colons stand where they belong`() {
    let text = written { writer in
      writer.beginObject()
      writer.member("a", 1)
      writer.key("b")
      writer.beginArray()
      writer.null()
      writer.boolean(true)
      writer.beginObject()
      writer.endObject()
      writer.beginArray()
      writer.endArray()
      writer.string("]")
      writer.string("{")
      writer.integer(-5)
      writer.endArray()
      writer.key("c\"" as String)
      writer.double(0.5)
      writer.member("d", ["x", "y"])
      writer.member("e", Int?.none)
      writer.endObject()
    }
    #expect(text == #"{"a":1,"b":[null,true,{},[],"]","{",-5],"c\"":0.5,"d":["x","y"],"e":null}"#)
  }

  @Test func `strings that end like structure do not swallow the comma`() {
    let endings = [":", "{", "[", ",", "\n", "\\", "\""]
    let text = written { $0.strings(endings) }
    #expect((try? JSONValue(parsing: text)) == .array(endings.map { .string($0) }))
  }

  @Test func `texts follow one another line by line`() {
    let text = written { writer in
      for number in 1...3 {
        writer.beginArray()
        writer.integer(number)
        writer.endArray()
        writer.endLine()
      }
    }
    #expect(text == "[1]\n[2]\n[3]\n")
  }

  @Test func `a part that is JSON already is put in as it stands`() throws {
    let part = [UInt8](#"{"x": 1}"#.utf8)
    let text = written { writer in
      writer.beginArray()
      writer.raw(part.span.bytes)
      writer.raw(part.span.bytes)
      writer.endArray()
    }
    #expect(text == #"[{"x": 1},{"x": 1}]"#)
  }

  @Test func `only quotation marks, backslashes and control characters are escaped`() {
    let all = String(String.UnicodeScalarView((0..<0x100).compactMap { Unicode.Scalar($0) }))
    let expected =
      #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
      + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"#
      + ##" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"##
      + String(String.UnicodeScalarView((0x7F..<0x100).compactMap { Unicode.Scalar($0) })) + "\""
    #expect(written { $0.string(all) } == expected)
  }

  @Test func `an escape comes out right at every place in a string`() throws {
    for escaped in ["\"", "\\", "\n", "\u{1}", "é", "😀"] {
      for before in 0...20 {
        for after in [0, 1, 7, 8, 9, 300] {
          let string = String(repeating: "x", count: before) + escaped + String(repeating: "y", count: after)
          #expect(try JSONValue(parsing: written { $0.string(string) }) == .string(string))
        }
      }
    }
  }

  @Test func `a string of nothing but escapes fits however small the buffer was`() throws {
    var writer = JSONWriter(capacity: 1)
    let string = String(repeating: "\u{1}", count: 10_000)
    writer.string(string)
    #expect(writer.count == 60_002)
    #expect(try JSONValue(parsing: writer.array) == .string(string))
  }

  @Test func `a string is written as it was read`() throws {
    let text = #"["plain é","esc\"aped \n\u00e9\ud83d\ude00",""]"#
    let bytes = [UInt8](text.utf8)
    let copy = try JSONReader.decode(bytes.span.bytes) { reader throws(JSONError) in
      var writer = JSONWriter()
      var array = try reader.array()
      writer.beginArray()
      while try reader.next(&array) { writer.string(try reader.text()) }
      writer.endArray()
      return writer.string
    }
    #expect(copy == #"["plain é","esc\"aped \né😀",""]"#)
  }

  @Test func `the buffer is kept from one text to the next`() {
    var writer = JSONWriter()
    writer.string(String(repeating: "a", count: 5000))
    writer.removeAll()
    #expect(writer.count == 0)
    writer.beginArray()
    writer.integer(1)
    writer.endArray()
    #expect(writer.string == "[1]")
    #expect(writer.bytes.byteCount == 3)
  }

  @Test func `strings bridged from Foundation are written as any other`() {
    let bridged = NSString(string: "Zoë \"x\" 😀") as String
    #expect(written { $0.string(bridged) } == #""Zoë \"x\" 😀""#)
  }
}
