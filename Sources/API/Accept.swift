// What a client would rather have (RFC 9110, section 12.5.1).
import HTTP

struct Accept {
  private let ranges: [(type: String, quality: Double)]

  /// More ranges than these are not read.
  private static let most = 32

  init(_ request: Request) {
    ranges = request.headers("Accept").joined(separator: ",").split(separator: ",").prefix(Self.most).compactMap {
      range in
      let parts = range.split(separator: ";").map { part in part.filter { $0 != " " && $0 != "\t" }.lowercased() }
      guard let type = parts.first, !type.isEmpty else { return nil }
      let weight = parts.dropFirst().last { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
      return (type, min(1, max(0, weight ?? 1)))
    }
  }

  /// How much a media type is wanted, 0…1: the most exact range that covers it says so. Without the field, all are.
  func quality(of type: String) -> Double {
    if ranges.isEmpty { return 1 }
    let family = type.prefix { $0 != "/" } + "/*"
    for wanted in [type, String(family), "*/*"] {
      if let range = ranges.first(where: { $0.type == wanted }) { return range.quality }
    }
    return 0
  }

  /// Whether `type` is wanted more than `other`.
  func prefers(_ type: String, to other: String) -> Bool { quality(of: type) > quality(of: other) }
}
