// Typed reading: values, field errors with their pointers, views of strings, values that nobody reads.
import JSON
import Testing

private struct Person: JSONReadable, Equatable {
  var name: String
  var age = 0
  var tags: [String] = []
  var friends: [Person] = []
  var mood: Mood?

  enum Mood: String, CaseIterable { case calm, cheerful }

  init(name: String, age: Int = 0, tags: [String] = [], friends: [Person] = []) {
    (self.name, self.age, self.tags, self.friends) = (name, age, tags, friends)
  }

  init(from reader: inout JSONReader) throws(JSONError) {
    var name: String?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "name": name = try reader.string(maximumBytes: 20)
      case "age": age = try reader.integer(in: 0...150)
      case "tags": tags = try reader.strings(maximumCount: 3)
      case "friends": friends = try reader.list(of: Person.self)
      case "mood": mood = try reader.choice(of: Mood.self)
      case "note": break
      default: reader.refuseUnknown(key, known: ["name", "age", "tags", "friends", "mood", "note"])
      }
    }
    self.name = name ?? reader.missing("name", of: object, instead: "")
  }
}

private func refusal(_ text: String) -> JSONRefusal? {
  do throws(JSONRefusal) {
    _ = try JSONReader.decode(Person.self, from: [UInt8](text.utf8))
    return nil
  } catch { return error }
}

private func fieldErrors(_ text: String) -> [String] {
  guard case .fields(let errors)? = refusal(text) else { return [] }
  return errors.items.map { "\($0.pointer): \($0.message)" }
}

/// Reads a whole text with a closure.
private func read<Value>(
  _ text: String, _ body: (inout JSONReader) throws(JSONError) -> Value
) throws(JSONRefusal) -> Value {
  try JSONReader.decode([UInt8](text.utf8).span.bytes, body)
}

@Suite struct ReaderTests {
  @Test func `a struct is read with its members in any order`() throws {
    let text =
      #" {"tags":["a","b\u00e9\ud83d\ude00"], "friends" : [ {"name":"Eve"} , {"age":7,"name":"Ada"} ],"age":30,"name":"Åsa" } "#
    let read = try JSONReader.decode(Person.self, from: [UInt8](text.utf8))
    let friends = [Person(name: "Eve"), Person(name: "Ada", age: 7)]
    #expect(read == Person(name: "Åsa", age: 30, tags: ["a", "bé😀"], friends: friends))
  }

  @Test func `a key written with escapes is the same key`() throws {
    #expect(try JSONReader.decode(Person.self, from: [UInt8](#"{"n\u0061me":"Eve"}"#.utf8)) == Person(name: "Eve"))
  }

  @Test func `a member that nobody reads is skipped and checked`() {
    #expect(refusal(#"{"note":[1,{"a":[]}],"name":"Eve"}"#) == nil)
    #expect(refusal(#"{"note":[1,{"a":[}],"name":"Eve"}"#) != nil)
    #expect(refusal(#"{"note":1e999,"name":"Eve"}"#) != nil)
    #expect(refusal(#"{"note":{"a":1,"a":2},"name":"Eve"}"#) != nil)
  }

  @Test func `every wrong field is named by its pointer, in the order of the text`() {
    #expect(
      fieldErrors(
        #"{"name":7,"age":200,"tags":["a",null,"b","c"],"friends":[{"name":"x"},{"agee":3},{"name":"y","age":"z"}]}"#)
        == [
          "/name: must be a string", "/age: must be from 0 to 150", "/tags: must have at most 3 elements",
          "/tags/1: must be a string", "/friends/1/name: is required",
          "/friends/1/agee: is not known here; did you mean “age”?", "/friends/2/age: must be an integer",
        ])
  }

  @Test func `an error behind strings and brackets in strings has the right pointer`() {
    #expect(
      fieldErrors(#"{"note":["},{\"[",{"x":{}}],"na~/me":{"a":[]},"name":"]","age":[]}"#)
        == ["/na~0~1me: is not known here; did you mean “name”?", "/age: must be an integer"])
  }

  @Test func `a document of the wrong type is one error at its root`() {
    #expect(fieldErrors("[1]") == [": must be an object"])
  }

  @Test func `a word that is not one of the choices is answered with the choices`() {
    #expect(
      fieldErrors(#"{"name":"Eve","mood":"cherful"}"#)
        == ["/mood: must be one of calm, cheerful; did you mean “cheerful”?"])
    #expect(fieldErrors(#"{"name":"Eve","mood":null}"#) == ["/mood: must be a string"])
  }

  @Test func `errors beyond the limit are counted`() {
    let text = "[" + Array(repeating: "0", count: 10).joined(separator: ",") + "]"
    let limits = JSONLimits(maximumFieldErrors: 3)
    let refusal = #expect(throws: JSONRefusal.self) {
      try JSONReader.decode([UInt8](text.utf8).span.bytes, limits: limits) { reader throws(JSONError) in
        try reader.strings()
      }
    }
    guard case .fields(let errors)? = refusal else { return #expect(Bool(false), "no field errors") }
    #expect(errors.items.map(\.pointer.description) == ["/0", "/1", "/2"])
    #expect(errors.omitted == 7)
  }

  @Test func `a value that is wrong in two ways is one error`() {
    let refusal = #expect(throws: JSONRefusal.self) {
      try read(#"{"a":"x"}"#) { reader throws(JSONError) in
        var object = try reader.object()
        while try reader.key(&object) != nil {
          if try reader.integer() < 1 { reader.refuse("must be at least 1") }
        }
        reader.refuse("must be older than its parts", at: object)
      }
    }
    guard case .fields(let errors)? = refusal else { return #expect(Bool(false), "no field errors") }
    #expect(errors.items.map(\.message) == ["must be older than its parts", "must be an integer"])
  }

  @Test func `a pointer too long to be repeated is counted instead`() {
    let text = "{\"\(String(repeating: "k", count: 100_000))\":[1,2,3],\"b\":4}"
    let refusal = #expect(throws: JSONRefusal.self) {
      try read(text) { reader throws(JSONError) in
        var object = try reader.object()
        while try reader.key(&object) != nil { _ = try reader.strings() }
      }
    }
    guard case .fields(let errors)? = refusal else { return #expect(Bool(false), "no field errors") }
    #expect(errors.items.map(\.pointer) == ["/b"])
    #expect(errors.omitted == 3)
  }

  @Test func `malformed text outweighs wrong fields`() {
    guard case .malformed(let error)? = refusal(#"{"name":7,"age":"x"]"#) else { return #expect(Bool(false)) }
    #expect(error.reason == .unexpectedByte(UInt8(ascii: "]")))
  }

  @Test func `the type of the next value can be seen before it is read`() throws {
    let kinds = try read(#"[null,true,-1,"x",[],{}]"#) { reader throws(JSONError) in
      try reader.list { reader throws(JSONError) in try reader.peek() }
    }
    #expect(kinds == [.null, .boolean, .number, .string, .array, .object])
  }

  @Test func `null stands for nothing where a value may be missing`() throws {
    let read = try read("[1,null,3]") { reader throws(JSONError) in
      try reader.list { reader throws(JSONError) in
        try reader.optional { reader throws(JSONError) in try reader.integer() }
      }
    }
    #expect(read == [1, nil, 3])
  }

  @Test func `a part of the text can be had as it stands`() throws {
    let bytes = [UInt8](#"[ {"a" : [1, 2]} , 7]"#.utf8)
    let parts = try JSONReader.decode(bytes.span.bytes) { reader throws(JSONError) in
      try reader.list { reader throws(JSONError) in
        try reader.raw().withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      }
    }
    #expect(parts == [#"{"a" : [1, 2]}"#, "7"])
  }

  @Test func `a string without escapes is seen where it lies`() throws {
    let bytes = [UInt8](#"["plain é","esc\naped"]"#.utf8)
    let base = bytes.withUnsafeBytes { $0.baseAddress }
    let isBorrowed = try JSONReader.decode(bytes.span.bytes) { reader throws(JSONError) in
      try reader.list { reader throws(JSONError) in
        let text = try reader.text()
        guard let plain = text.plainBytes else { return false }
        return plain.withUnsafeBytes { $0.baseAddress } == base.map { $0 + 2 } && text == "plain é"
      }
    }
    #expect(isBorrowed == [true, false])
  }

  @Test func `a string is equal to a literal, however it is written`() throws {
    let matches = try read(#"["a/b","a\/b","\u0061/b","a/B","a/b ",""]"#) { reader throws(JSONError) in
      try reader.list { reader throws(JSONError) in try reader.text() == "a/b" }
    }
    #expect(matches == [true, true, true, false, false, false])
  }

  @Test func `a string's length is that of its UTF-8, not of its escapes`() throws {
    let text = #""\u00e9\u00e9""#
    #expect(try read(text) { reader throws(JSONError) in try reader.string(maximumBytes: 4) } == "éé")
    #expect(throws: JSONRefusal.self) {
      try read(text) { reader throws(JSONError) in try reader.string(maximumBytes: 3) }
    }
  }

  @Test func `elements that are not read do not disturb those that are`() throws {
    let sum = try read("[1,[2],3,{},5]") { reader throws(JSONError) in
      var array = try reader.array()
      var sum = 0
      while try reader.next(&array) {
        if array.count % 2 == 1 { sum += try reader.integer() }
      }
      return sum
    }
    #expect(sum == 9)
  }

  @Test func `a text that nobody reads is checked all the same`() {
    #expect(throws: Never.self) { try read("[1, 2]") { _ throws(JSONError) in } }
    #expect(throws: JSONRefusal.self) { try read("[1, 2") { _ throws(JSONError) in } }
    #expect(throws: JSONRefusal.self) { try read("[1] 2") { _ throws(JSONError) in } }
  }
}
