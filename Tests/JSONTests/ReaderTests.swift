// Typed reading: values, field errors with their pointers, places of syntax errors.
import JSON
import Testing

private struct Person: JSONReadable, Equatable {
  var name: String
  var age = 0
  var tags: [String] = []
  var friend: [Person] = []

  init(name: String, age: Int = 0, tags: [String] = [], friend: [Person] = []) {
    (self.name, self.age, self.tags, self.friend) = (name, age, tags, friend)
  }

  init(from reader: inout JSONReader) throws(JSONError) {
    var name: String?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "name": name = try reader.string(maximumBytes: 20)
      case "age": age = try reader.integer(in: 0...150)
      case "tags": tags = try reader.strings(maximumCount: 3)
      case "friends": friend = try reader.list(of: Person.self)
      case "note": break
      default: reader.refuseUnknown(key, known: ["name", "age", "tags", "friends", "note"])
      }
    }
    self.name = name ?? reader.missing("name", of: object, instead: "")
  }
}

private func person(_ text: String) throws(JSONRefusal) -> Person {
  try JSONReader.decode(Person.self, from: [UInt8](text.utf8))
}

private func refusal(_ text: String) -> JSONRefusal? {
  do throws(JSONRefusal) {
    _ = try person(text)
    return nil
  } catch { return error }
}

private func fieldErrors(_ text: String) -> [String] {
  guard case .fields(let errors)? = refusal(text) else { return [] }
  return errors.items.map { "\($0.pointer): \($0.message)" }
}

@Suite struct ReaderTests {
  @Test func `a struct is read with its members in any order`() throws {
    let read = try person(
      #" {"tags":["a","b\u00e9\ud83d\ude00"], "friends" : [ {"name":"Eve"} , {"age":7,"name":"Ada"} ],"age":30, "name":"Åsa" } "#
    )
    #expect(
      read
        == Person(
          name: "Åsa", age: 30, tags: ["a", "bé😀"], friend: [Person(name: "Eve"), Person(name: "Ada", age: 7)]))
  }

  @Test func `a key written with escapes is the same key`() throws {
    #expect(try person(#"{"n\u0061me":"Eve"}"#) == Person(name: "Eve"))
  }

  @Test func `a member that nobody reads is skipped and checked`() throws {
    #expect(try person(#"{"note":[1,{"a":[]}],"name":"Eve"}"#) == Person(name: "Eve"))
    #expect(refusal(#"{"note":[1,{"a":[}],"name":"Eve"}"#) != nil)
  }

  @Test func `every wrong field is named by its pointer`() {
    #expect(
      fieldErrors(
        #"{"name":7,"age":200,"tags":["a",null,"b","c"],"friends":[{"name":"x"},{"agee":3},{"name":"y","age":"z"}]}"#)
        == [
          "/name: must be a string", "/age: must be from 0 to 150", "/tags: must have at most 3 elements",
          "/tags/1: must be a string", "/friends/1/name: is required",
          "/friends/1/agee: is not known here; did you mean “age”?",
          "/friends/2/age: must be an integer",
        ])
  }

  @Test func `a document of the wrong type is one error at its root`() {
    #expect(fieldErrors("[1]") == [": must be an object"])
  }
}
