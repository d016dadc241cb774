// The members of a JSON object, in the order in which they were written.

/// An object's members. Order is kept and does not count in comparisons, as JSON objects have none.
package struct JSONObject: Sendable {
  package struct Member: Sendable {
    package let name: String
    package var value: JSONValue
  }

  package private(set) var members: [Member] = []
  /// Where each member stands, once there are too many to look through.
  private var places: [Name: Int] = [:]
  private static let linear = 16

  /// A name compared by its scalars: JSON does not take “é” and “e” with an accent for the same name, as `String` does.
  private struct Name: Hashable {
    let text: String
    static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }
    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  package init() {}

  /// Of two members of the same name, the later replaces the earlier.
  package init(_ members: some Sequence<(String, JSONValue)>) {
    for (name, value) in members { self[name] = value }
  }

  package var count: Int { members.count }
  package var isEmpty: Bool { members.isEmpty }
  package var names: some Sequence<String> { members.lazy.map(\.name) }

  private func place(of name: String) -> Int? {
    if places.isEmpty { return members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) } }
    return places[Name(text: name)]
  }

  /// The value of that name. Setting nil removes the member; setting a new name adds one at the end.
  package subscript(name: String) -> JSONValue? {
    get { place(of: name).map { members[$0].value } }
    set {
      switch (place(of: name), newValue) {
      case (let place?, let value?): members[place].value = value
      case (nil, let value?): append(name, value)
      case (let place?, nil):
        members.remove(at: place)
        indexMembers()
      case (nil, nil): break
      }
    }
  }

  /// Adds a member whose name is known to be new.
  mutating func append(_ name: String, _ value: JSONValue) {
    members.append(Member(name: name, value: value))
    if !places.isEmpty {
      places[Name(text: name)] = members.count - 1
    } else if members.count > Self.linear {
      indexMembers()
    }
  }

  private mutating func indexMembers() {
    places.removeAll(keepingCapacity: true)
    guard members.count > Self.linear else { return }
    for (place, member) in members.enumerated() { places[Name(text: member.name)] = place }
  }
}

extension JSONObject: Hashable {
  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
  }

  package func hash(into hasher: inout Hasher) {
    var sum = 0
    for member in members {
      var one = Hasher()
      one.combine(Name(text: member.name))
      one.combine(member.value)
      sum &+= one.finalize()
    }
    hasher.combine(sum)
  }
}

extension JSONObject: JSONReadable {
  /// Anything but an object is noted as a field error, and read as an empty one.
  package init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    while let key = try reader.key(&object) {
      let name = key.string
      append(name, try JSONValue(from: &reader))
    }
  }
}

extension JSONObject: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    for member in members {
      writer.key(member.name)
      member.value.write(to: &writer)
    }
    writer.endObject()
  }
}
