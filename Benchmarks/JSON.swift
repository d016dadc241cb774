// JSON on a case of about a kilobyte, beside Foundation's coders on the same struct and the same bytes.
import Foundation
import JSON

extension Suite {
  static let json = Suite(name: "json") {
    let bytes = [UInt8](BenchmarkCase.text.utf8)
    let data = Data(bytes)
    let value = try JSONValue(parsing: bytes)
    let aCase = try JSONReader.decode(BenchmarkCase.self, from: bytes)
    guard aCase == (try JSONDecoder().decode(BenchmarkCase.self, from: data)),
      aCase == (try JSONDecoder().decode(BenchmarkCase.self, from: Data(aCase.jsonBytes)))
    else { throw Mismatch() }

    let reading = measure(readers(bytes, data))
    report("JSON, reading \(bytes.count) bytes", reading)
    verdict("read into the struct at least 5 times as fast", reading[0].nanoseconds >= 5 * reading[1].nanoseconds)
    let writing = measure(writers(aCase, value))
    report("JSON, writing \(aCase.jsonBytes.count) bytes", writing)
    verdict("written at least 5 times as fast", writing[0].nanoseconds >= 5 * writing[1].nanoseconds)
    report("JSON, canonical form", measure(canonical(bytes, value)))
    report("JSON, doubles of 17 digits, read", measure(readDoubles()))
    report("JSON, doubles of 17 digits, written", measure(writtenDoubles()))
    report("JSON, texts of about a megabyte, checked", measure(megabytes()))
  }

  private struct Mismatch: Error {}

  private static func readers(_ bytes: [UInt8], _ data: Data) -> [Contender] {
    [
      Contender(name: "JSONDecoder, to the struct") { iterations in
        let decoder = JSONDecoder()
        return (0..<iterations).reduce(0) { sum, _ in
          sum &+ ((try? decoder.decode(BenchmarkCase.self, from: data))?.tags.count ?? 0)
        }
      },
      Contender(name: "JSONReader, to the struct") { iterations in
        (0..<iterations).reduce(0) { sum, _ in
          sum &+ ((try? JSONReader.decode(BenchmarkCase.self, from: bytes))?.tags.count ?? 0)
        }
      },
      Contender(name: "JSONReader, checked and skipped") { iterations in
        (0..<iterations).reduce(0) { sum, _ in
          sum
            &+ ((try? JSONReader.decode(bytes.span.bytes) { reader throws(JSONError) in
              try reader.skip()
              return 1
            }) ?? 0)
        }
      },
      Contender(name: "JSONSerialization, to objects") { iterations in
        (0..<iterations).reduce(0) { sum, _ in
          sum &+ ((try? JSONSerialization.jsonObject(with: data) as? [String: Any])?.count ?? 0)
        }
      },
      Contender(name: "JSONValue, to a tree") { iterations in
        (0..<iterations).reduce(0) { sum, _ in sum &+ ((try? JSONValue(parsing: bytes))?.object?.count ?? 0) }
      },
    ]
  }

  private static func writers(_ aCase: BenchmarkCase, _ value: JSONValue) -> [Contender] {
    [
      Contender(name: "JSONEncoder, from the struct") { iterations in
        let encoder = JSONEncoder()
        return (0..<iterations).reduce(0) { sum, _ in sum &+ ((try? encoder.encode(aCase))?.count ?? 0) }
      },
      Contender(name: "JSONWriter, from the struct, buffer reused") { iterations in
        var writer = JSONWriter()
        var sum = 0
        for _ in 0..<iterations {
          writer.removeAll()
          aCase.write(to: &writer)
          sum &+= writer.count
        }
        return sum
      },
      Contender(name: "JSONWriter, from the struct, to an array") { iterations in
        (0..<iterations).reduce(0) { sum, _ in sum &+ aCase.jsonBytes.count }
      },
      Contender(name: "JSONWriter, from a tree, buffer reused") { iterations in
        var writer = JSONWriter()
        var sum = 0
        for _ in 0..<iterations {
          writer.removeAll()
          value.write(to: &writer)
          sum &+= writer.count
        }
        return sum
      },
    ]
  }

  private static func canonical(_ bytes: [UInt8], _ value: JSONValue) -> [Contender] {
    [
      Contender(name: "JSONEncoder with sortedKeys, from a struct") { iterations in
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let aCase = try? JSONReader.decode(BenchmarkCase.self, from: bytes) else { return 0 }
        return (0..<iterations).reduce(0) { sum, _ in sum &+ ((try? encoder.encode(aCase))?.count ?? 0) }
      },
      Contender(name: "JSONCanonical, from text") { iterations in
        (0..<iterations).reduce(0) { sum, _ in sum &+ ((try? JSONCanonical.bytes(from: bytes))?.count ?? 0) }
      },
      Contender(name: "JSONCanonical, from a tree") { iterations in
        (0..<iterations).reduce(0) { sum, _ in sum &+ ((try? JSONCanonical.bytes(of: value))?.count ?? 0) }
      },
    ]
  }

  private static func thousandNumbers() -> [Double] {
    var generator = SystemRandomNumberGenerator()
    return (0..<1000).map { _ in Double.random(in: 0...1, using: &generator) }
  }

  private static func readDoubles() -> [Contender] {
    let bytes = thousandNumbers().jsonBytes
    let data = Data(bytes)
    return [
      Contender(name: "JSONDecoder, a thousand") { iterations in
        let decoder = JSONDecoder()
        return (0..<iterations).reduce(0) { sum, _ in
          sum &+ ((try? decoder.decode([Double].self, from: data))?.count ?? 0)
        }
      },
      Contender(name: "JSONReader, a thousand") { iterations in
        (0..<iterations).reduce(0) { sum, _ in
          sum
            &+ ((try? JSONReader.decode(bytes.span.bytes) { reader throws(JSONError) in
              try reader.list { reader throws(JSONError) in try reader.double() }
            })?.count ?? 0)
        }
      },
    ]
  }

  private static func writtenDoubles() -> [Contender] {
    let numbers = thousandNumbers()
    return [
      Contender(name: "JSONEncoder, a thousand") { iterations in
        let encoder = JSONEncoder()
        return (0..<iterations).reduce(0) { sum, _ in sum &+ ((try? encoder.encode(numbers))?.count ?? 0) }
      },
      Contender(name: "JSONWriter, a thousand") { iterations in
        var writer = JSONWriter()
        var sum = 0
        for _ in 0..<iterations {
          writer.removeAll()
          numbers.write(to: &writer)
          sum &+= writer.count
        }
        return sum
      },
    ]
  }

  /// Shapes that a reader might be slow at, among them an object of 100,000 members, whose names must all differ.
  private static func megabytes() -> [Contender] {
    func members(_ numbers: some Sequence<Int>) -> String { numbers.map { "\"k\($0 * 7)\":1" }.joined(separator: ",") }
    let texts = [
      ("objects of ten members", "[" + (0..<10_000).map { "{\(members($0..<$0 + 10))}" }.joined(separator: ",") + "]"),
      ("one object of 100,000 members", "{\(members(0..<100_000))}"),
      ("one string, ASCII", "\"" + String(repeating: "Lorem ipsum ", count: 85_000) + "\""),
      ("one string, Cyrillic", "\"" + String(repeating: "Совет мудрых ", count: 43_000) + "\""),
      ("integers", "[" + (0..<150_000).map { String($0) }.joined(separator: ",") + "]"),
      ("arrays 100 deep", "[" + Array(repeating: deep, count: 5_000).joined(separator: ",") + "]"),
    ]
    return texts.map { name, text in
      let bytes = [UInt8](text.utf8)
      return Contender(name: name) { iterations in
        (0..<iterations).reduce(0) { sum, _ in
          sum
            &+ ((try? JSONReader.decode(bytes.span.bytes) { reader throws(JSONError) in
              try reader.skip()
              return 1
            }) ?? 0)
        }
      }
    }
  }

  private static let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
}
