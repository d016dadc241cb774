// The tree: comparing, looking up, changing; pointers into it; names that were nearly right.
import JSON
import Testing

@Suite struct ValueTests {
  private static let document: JSONValue = [
    "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8,
  ]

  @Test(
    arguments: [
      // RFC 6901 section 5
      ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3), ("/g|h", 4),
      ("/i\\j", 5), ("/k\"l", 6), ("/ ", 7), ("/m~0n", 8),
    ] as [(String, JSONValue)])
  func `a pointer leads where RFC 6901 says`(text: String, expected: JSONValue) throws {
    #expect(Self.document[try #require(JSONPointer(text))] == expected)
  }

  @Test(arguments: ["/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/foo/x", "/bar", "/foo/0/0", "/m~01n"])
  func `a pointer to nothing finds nothing`(text: String) throws {
    #expect(Self.document[try #require(JSONPointer(text))] == nil)
  }

  @Test func `the empty pointer is the whole document`() {
    #expect(Self.document[.root] == Self.document)
  }

  @Test(arguments: ["foo", "/a~", "/~2", "/a~b", "~0"])
  func `what is not a pointer is none`(text: String) {
    #expect(JSONPointer(text) == nil)
  }

  @Test func `names are escaped on the way in and unescaped on the way out`() {
    let pointer = JSONPointer("a/b", "~1", "", "é").appending(7)
    #expect(pointer.description == "/a~1b/~01//é/7")
    #expect(pointer.tokens == ["a/b", "~1", "", "é", "7"])
  }

  @Test func `numbers are equal by what they are, not by how they are held`() throws {
    #expect(
      try JSONValue(parsing: "[1, 1.0, 1e0, -0, 9223372036854775808]") == [1.0, 1, 1, 0, 9_223_372_036_854_775_808.0])
    #expect(JSONValue.integer(1 << 53 + 1) != .double(0x1p53))
    #expect(JSONValue.integer(1) != .boolean(true))
    #expect(JSONValue.integer(1).hashValue == JSONValue.double(1).hashValue)
    #expect(JSONValue.unsigned(1 << 63).hashValue == JSONValue.double(0x1p63).hashValue)
  }

  @Test func `order does not count among members, and counts among elements`() throws {
    let (left, right): (JSONValue, JSONValue) = (["a": 1, "b": [1, 2]], ["b": [1, 2], "a": 1])
    #expect(left == right)
    #expect(left.hashValue == right.hashValue)
    #expect(left != ["a": 1, "b": [2, 1]])
    #expect(left.description == #"{"a":1,"b":[1,2]}"#)
    #expect(right.description == #"{"b":[1,2],"a":1}"#)
  }

  @Test(arguments: [3, 16, 17, 18, 100])
  func `members are found, replaced, added and removed, few or many`(count: Int) {
    var object = JSONObject((0..<count).map { ("k\($0)", .integer($0)) })
    for index in 0..<count { #expect(object["k\(index)"] == .integer(index)) }
    #expect(object["k\(count)"] == nil)
    object["k1"] = "new"
    object["k\(count)"] = true
    object["k0"] = nil
    #expect(object["k0"] == nil)
    #expect(object["k1"] == "new")
    #expect(object["k\(count)"] == true)
    #expect(Array(object.names) == (1...count).map { "k\($0)" })
    #expect(object.count == count)
  }

  @Test func `names that differ in their scalars are different names`() throws {
    let value = try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2}"#)
    #expect(value["\u{e9}"] == 1)
    #expect(value["e\u{301}"] == 2)
  }

  @Test(arguments: [
    ("afected_persons", "affected_persons"), ("affectedPersons", "affected_persons"), ("revresible", "reversible"),
    ("ENVIRONMENT", "environment"), ("consnet", "consent"), ("amout", "amount"),
  ])
  func `a misspelt name is answered with the nearest known one`(name: String, expected: String) {
    let known = [
      "domain", "impact", "reversible", "affected_persons", "consent", "environment", "amount", "destination",
    ]
    #expect(NearestName.suggestion(for: name, among: known) == expected)
  }

  @Test(arguments: ["", "x", "favourite_colour", "___", String(repeating: "a", count: 10_000)])
  func `a name that is near to none gets no answer`(name: String) {
    #expect(NearestName.suggestion(for: name, among: ["domain", "impact", "y", "", "consent"]) == nil)
  }

  @Test func `field errors are written as the problem document has them`() {
    var errors = FieldErrors(limit: 2)
    errors.add("/a", "must be a \"string\"")
    var inner = FieldErrors()
    inner.add(.root, "is required")
    inner.add("/x", "lost")
    errors.add(inner, under: "/b")
    #expect(
      String(decoding: errors.jsonBytes, as: UTF8.self)
        == #"[{"pointer":"/a","message":"must be a \"string\""},{"pointer":"/b","message":"is required"}]"#)
    #expect(errors.omitted == 1)
    #expect(throws: errors) { try errors.throwIfAny() }
    #expect(throws: Never.self) { try FieldErrors().throwIfAny() }
  }
}
