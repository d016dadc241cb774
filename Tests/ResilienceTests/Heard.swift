import Locking

/// What a test was told, in order.
final class Heard: Sendable {
  private let words = Locked<[String]>([])

  func add(_ word: String) { words.withLock { $0.append(word) } }

  var all: [String] { words.withLock { $0 } }
}
