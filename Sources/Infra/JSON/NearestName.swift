// The known name that a misspelt one probably meant.

package enum NearestName {
  /// Names longer than this are not compared.
  static let longest = 64

  /// The name among `known` nearest to `name`, or nil if none is near: at most a third of its letters may differ (and
  /// one in a short name). Case and the signs `_`, `-` and space do not count. Of equally near names the first wins.
  package static func suggestion(for name: String, among known: some Sequence<String>) -> String? {
    let wanted = letters(of: name)
    guard !wanted.isEmpty, wanted.count <= longest else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in known {
      let other = letters(of: candidate)
      guard other.count <= longest else { continue }
      let allowed = max(1, max(wanted.count, other.count) / 3)
      guard abs(wanted.count - other.count) <= allowed else { continue }
      let distance = editDistance(wanted, other)
      if distance <= allowed, distance < other.count, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  private static func letters(of name: String) -> [Unicode.Scalar] {
    // A name beyond `longest` letters is cut one after it: enough to see that it is too long.
    name.unicodeScalars.lazy.filter { $0 != "_" && $0 != "-" && $0 != " " }.prefix(longest + 1).map { scalar in
      ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar
    }
  }

  /// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
  static func editDistance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for i in 0..<first.count {
      var row = [i + 1]
      for j in 0..<second.count {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (first[i] == second[j] ? 0 : 1))
        if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[second.count]
  }
}
