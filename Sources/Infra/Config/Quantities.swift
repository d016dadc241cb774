// Durations and sizes as people write them: `30s`, `1h30m`, `250ms`, `64KiB`, `1MB`. Both are exact: what cannot be
// held to the nanosecond or the byte is refused.
import YAML

extension Duration: SettingValue {
  package static var typeName: String { "a duration such as 250ms, 30s, 5m or 1h30m" }

  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
    ("ms", 1_000_000), ("us", 1000), ("ns", 1),
  ]

  package static func read(text: String) throws(SettingProblem) -> Duration {
    if text == "0" { return .zero }
    var rest = text[...]
    var total: Int64 = 0
    var remaining = units[...]
    while !rest.isEmpty {
      let quantity = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(quantity.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      // Larger units come first and none comes twice.
      guard let place = remaining.firstIndex(where: { $0.name == (name == "µs" ? "us" : name) }),
        let part = exact(quantity, times: units[place].nanoseconds)
      else { throw .notOne(text, of: Self.self) }
      remaining = units[(place + 1)...]
      let (sum, overflow) = total.addingReportingOverflow(part)
      guard !overflow else { throw .notOne(text, of: Self.self) }
      total = sum
    }
    guard !text.isEmpty else { throw .notOne(text, of: Self.self) }
    return .nanoseconds(total)
  }

  package static func read(node: YAMLNode) throws(SettingProblem) -> Duration {
    if node.integer == 0 { return .zero }
    if let text = node.text, node.number != nil {
      throw SettingProblem("\(quoted(text)) has no unit: write \(text)s, \(text)ms, …", at: node.position)
    }
    guard let text = node.string else { throw .wrongKind(node, wanted: Self.self) }
    return try read(text: text)
  }

  package var written: String {
    let (seconds, attoseconds) = components
    var nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    if nanoseconds == 0 { return "0s" }
    var text = ""
    for unit in Self.units where nanoseconds >= unit.nanoseconds {
      text += "\(nanoseconds / unit.nanoseconds)\(unit.name)"
      nanoseconds %= unit.nanoseconds
    }
    return text
  }
}

/// A number of bytes.
package struct ByteSize: SettingValue, Hashable, Comparable {
  package let bytes: Int

  package init(bytes: Int) { self.bytes = bytes }

  package static func bytes(_ count: Int) -> ByteSize { ByteSize(bytes: count) }
  package static func kibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 10) }
  package static func mebibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 20) }
  package static func gibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 30) }

  package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

  package static var typeName: String { "a size such as 512B, 64KiB or 1MB" }

  private static let units: [(name: String, bytes: Int64)] = [
    ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
    ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1000), ("KB", 1000), ("B", 1),
  ]

  package static func read(text: String) throws(SettingProblem) -> ByteSize {
    let quantity = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    var name = text.dropFirst(quantity.count)
    if name.first == " " { name = name.dropFirst() }
    guard let unit = name.isEmpty ? 1 : units.first(where: { $0.name == name })?.bytes,
      let bytes = exact(quantity, times: unit)
    else { throw .notOne(text, of: Self.self) }
    return ByteSize(bytes: Int(bytes))
  }

  package static func read(node: YAMLNode) throws(SettingProblem) -> ByteSize {
    if let bytes = node.integer, bytes >= 0 { return ByteSize(bytes: bytes) }
    guard let text = node.string else { throw .wrongKind(node, wanted: Self.self) }
    return try read(text: text)
  }

  package var written: String {
    for unit in Self.units where bytes >= unit.bytes && Int64(bytes) % unit.bytes == 0 {
      return "\(Int64(bytes) / unit.bytes)\(unit.name)"
    }
    return "\(bytes)B"
  }
}

/// `quantity` (digits, at most one point) times `unit`, or nil unless that is a whole number that fits.
private func exact(_ quantity: Substring, times unit: Int64) -> Int64? {
  let parts = quantity.split(separator: ".", omittingEmptySubsequences: false)
  guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }), let whole = Int64(parts[0]) else {
    return nil
  }
  var (total, overflow) = whole.multipliedReportingOverflow(by: unit)
  guard !overflow else { return nil }
  if parts.count == 2 {
    guard parts[1].count <= 9, let digits = Int64(parts[1]) else { return nil }
    let scale = (0..<parts[1].count).reduce(Int64(1)) { power, _ in power * 10 }
    let (product, large) = digits.multipliedReportingOverflow(by: unit)
    guard !large, product % scale == 0 else { return nil }
    (total, overflow) = total.addingReportingOverflow(product / scale)
  }
  return overflow ? nil : total
}
