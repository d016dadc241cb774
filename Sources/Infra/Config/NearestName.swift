// Finds the name that somebody probably meant: the valid one at the smallest edit distance, if it is near enough to be
// worth saying.

package enum NearestName {
  /// The nearest of `names` to `wanted`, or nil when none is near. Case, `-` and `_` count as nothing.
  package static func find(_ wanted: String, among names: some Sequence<String>) -> String? {
    let folded = fold(wanted)
    // A word may be wrong in about a third of its letters; a very long one is nobody's typing mistake.
    let bound = max(1, min(folded.count / 3, 4))
    guard folded.count <= 100 else { return nil }
    var best: (name: String, distance: Int)?
    for name in names {
      let candidate = fold(name)
      guard abs(candidate.count - folded.count) <= bound else { continue }
      let distance = distance(folded, candidate)
      if distance <= bound, distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name
  }

  /// Edits (insert, drop, replace, swap two neighbours) that turn one into the other: optimal string alignment.
  package static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
    var before = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    var current = before
    for row in 1...left.count {
      current[0] = row
      for column in 1...right.count {
        let same = left[row - 1] == right[column - 1]
        var cost = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (same ? 0 : 1))
        if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
          cost = min(cost, before[column - 2] + 1)
        }
        current[column] = cost
      }
      (before, previous, current) = (previous, current, before)
    }
    return previous[right.count]
  }

  private static func fold(_ name: String) -> [UInt8] {
    name.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
  }
}
