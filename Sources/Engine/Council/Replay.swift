// The comparison of a recorded answer with the one that deciding again gives.
import JSON

package struct Replay: Sendable, Hashable {
  /// The core of the answer as it was given, and as it would be given now.
  package let recorded: [UInt8]
  package let decided: [UInt8]

  package var matches: Bool { recorded == decided }

  /// Where the two differ, as JSON Pointers with both values; empty where they match.
  package var differences: [Difference] {
    guard !matches else { return [] }
    guard let before = try? JSONValue(parsing: recorded), let after = try? JSONValue(parsing: decided) else {
      return [Difference(pointer: "", recorded: "unreadable", decided: "unreadable")]
    }
    var found: [Difference] = []
    Replay.compare(before, after, at: .root, into: &found)
    return found.isEmpty ? [Difference(pointer: "", recorded: "the same values", decided: "in other bytes")] : found
  }

  package struct Difference: Sendable, Hashable, JSONWritable {
    package let pointer: String
    package let recorded: String?
    package let decided: String?

    package func write(to writer: inout JSONWriter) {
      writer.beginObject()
      writer.member("pointer", pointer)
      writer.member("recorded", recorded)
      writer.member("decided", decided)
      writer.endObject()
    }
  }

  private static func compare(
    _ before: JSONValue?, _ after: JSONValue?, at pointer: JSONPointer, into found: inout [Difference]
  ) {
    guard before != after else { return }
    switch (before, after) {
    case (.object(let one), .object(let other)):
      for name in one.names { compare(one[name], other[name], at: pointer.appending(name), into: &found) }
      for name in other.names where one[name] == nil {
        compare(nil, other[name], at: pointer.appending(name), into: &found)
      }
    case (.array(let one), .array(let other)):
      for index in 0..<max(one.count, other.count) {
        compare(
          index < one.count ? one[index] : nil, index < other.count ? other[index] : nil,
          at: pointer.appending(index), into: &found)
      }
    default:
      found.append(
        Difference(pointer: pointer.description, recorded: before?.description, decided: after?.description))
    }
  }
}
