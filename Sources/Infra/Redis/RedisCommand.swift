// A command as bytes on the wire: a list of byte strings (RESP, version 2).

package struct RedisCommand: Sendable, Hashable {
  private(set) var wire: [UInt8]

  /// A word of a command.
  package struct Word: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringInterpolation
  {
    let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package init(_ text: some StringProtocol) { bytes = Array(text.utf8) }
    package init(_ number: some BinaryInteger) { bytes = Array(String(number).utf8) }
    package init(stringLiteral text: String) { self.init(text) }
    package init(integerLiteral number: Int) { self.init(number) }
  }

  package init(_ words: Word...) { self.init(words) }

  package init(_ words: [Word]) {
    wire = []
    wire.reserveCapacity(words.reduce(16) { $0 + $1.bytes.count + 16 })
    header(UInt8(ascii: "*"), words.count)
    for word in words {
      header(UInt8(ascii: "$"), word.bytes.count)
      wire += word.bytes
      wire += [13, 10]
    }
  }

  private mutating func header(_ mark: UInt8, _ count: Int) {
    wire.append(mark)
    wire += Array(String(count).utf8)
    wire += [13, 10]
  }
}
