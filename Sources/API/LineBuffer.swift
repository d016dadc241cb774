// Lines out of pieces of a stream: what is not yet a whole line waits for the next piece.
import HTTP

struct LineBuffer {
  private let limit: Int
  private var waiting: [UInt8] = []

  /// Lines longer than `limit` bytes are refused.
  init(limit: Int) { self.limit = limit }

  /// The whole lines up to the end of `piece`. Empty lines are left out.
  mutating func take(_ piece: [UInt8]) throws(Problem) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = piece.startIndex
    while let end = piece[start...].firstIndex(of: 0x0a) {
      let line = waiting + piece[start..<end]
      waiting = []
      start = end + 1
      try check(line.count)
      let text = line.last == 0x0d ? Array(line.dropLast()) : line
      if !text.isEmpty { lines.append(text) }
    }
    waiting += piece[start...]
    try check(waiting.count)
    return lines
  }

  /// What stands behind the last line end.
  mutating func rest() -> [UInt8]? {
    defer { waiting = [] }
    return waiting.isEmpty ? nil : waiting
  }

  private func check(_ count: Int) throws(Problem) {
    guard count <= limit else { throw Problem(.contentTooLarge, detail: "a line is longer than \(limit) bytes") }
  }
}
