// Work on many things, shared across the cores. There are as many workers as cores, each of which takes the next piece when
// it is done with one: so none idles while there is work, and what comes in between waits for one piece at most.
import Synchronization

package struct SharedWork: Sendable {
  let count: Int
  /// How many things a worker takes at a time.
  let piece: Int
  /// Where the workers run: not on the loop of whoever asks, which is one core and has connections to serve.
  let executor: any TaskExecutor

  package init(_ count: Int, piece: Int, on executor: (any TaskExecutor)? = nil) {
    self.count = count
    self.piece = piece
    self.executor = executor ?? WorkPool.shared
  }

  /// What `work` makes of each piece, in order.
  package func run<Part: Sendable>(_ work: @escaping @Sendable (Range<Int>) -> Part) async -> [Part] {
    let pieces = (count + piece - 1) / piece
    if pieces <= 1 { return pieces == 0 ? [] : [work(0..<count)] }
    let next = Counter()
    return await withTaskGroup(of: [(Int, Part)].self) { group in
      for _ in 0..<min(WorkPool.cores, pieces) {
        group.addTask(executorPreference: executor) {
          var parts: [(Int, Part)] = []
          while true {
            let number = next.take()
            guard number < pieces else { return parts }
            if !parts.isEmpty { await Task.yield() }
            parts.append((number, work(number * piece..<min(count, (number + 1) * piece))))
          }
        }
      }
      var parts: [Part?] = Array(repeating: nil, count: pieces)
      for await some in group {
        for (number, part) in some { parts[number] = part }
      }
      return parts.compactMap { $0 }
    }
  }

  private final class Counter: Sendable {
    private let value = Atomic(0)
    func take() -> Int { value.add(1, ordering: .relaxed).oldValue }
  }
}
