// Lines of a file or a pipe, in batches, without ever holding more than a batch and a chunk.
import Foundation

/// One line without its end.
struct Line: Sendable {
  let row: Int
  let bytes: [UInt8]
  let isTooLong: Bool
}

package final class LineSource {
  private static let chunk = 1 << 20

  private let handle: FileHandle
  private var pending: [UInt8] = []
  private var start = 0
  private var isAtEnd = false
  private var row = 0
  /// Whether what comes next is the rest of a line that was too long.
  private var isSkipping = false
  package private(set) var bytesRead = 0
  /// The size of the file, or nil for a pipe.
  package let size: Int?

  package init(_ handle: FileHandle) {
    self.handle = handle
    let end = (try? handle.seekToEnd()).map(Int.init)
    if end != nil { try? handle.seek(toOffset: 0) }
    size = end.flatMap { $0 > 0 ? $0 : nil }
  }

  /// Up to `count` lines that are not blank; none at the end.
  func next(_ count: Int, longest: Int) throws -> [Line] {
    var lines: [Line] = []
    while lines.count < count {
      guard let line = try line(longest: longest) else { break }
      lines.append(line)
    }
    return lines
  }

  private func line(longest: Int) throws -> Line? {
    while true {
      if let end = pending[start...].firstIndex(of: 0x0A) {
        let bytes = Array(pending[start..<end])
        start = end + 1
        if let line = take(bytes, longest) { return line }
        continue
      }
      if isAtEnd {
        guard start < pending.count else { return nil }
        let bytes = Array(pending[start...])
        start = pending.count
        if let line = take(bytes, longest) { return line }
        continue
      }
      pending.removeFirst(start)
      start = 0
      if pending.count > longest {
        pending.removeAll()
        let isFirst = !isSkipping
        isSkipping = true
        if isFirst {
          row += 1
          return Line(row: row - 1, bytes: [], isTooLong: true)
        }
      }
      let more = try handle.read(upToCount: Self.chunk) ?? Data()
      bytesRead += more.count
      isAtEnd = more.isEmpty
      pending += more
    }
  }

  private func take(_ bytes: [UInt8], _ longest: Int) -> Line? {
    if isSkipping {
      isSkipping = false
      return nil
    }
    if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { return nil }
    row += 1
    return Line(row: row - 1, bytes: bytes.count > longest ? [] : bytes, isTooLong: bytes.count > longest)
  }
}
