// Work that takes as long as the log is large: begun by a request, waited for a while, and told of by the status afterwards.
// One of a kind runs at a time; who asks meanwhile waits for the same one.
import Engine
import JSON
import Ledger
import Locking

final class Undertaking: Sendable {
  enum Phase: String, Sendable { case none, running, done, failed }

  struct State: Sendable, JSONWritable {
    var phase = Phase.none
    var started: String?
    var ended: String?
    var by: String?
    /// JSON: what came of it.
    var result: [UInt8]?

    func write(to writer: inout JSONWriter) {
      writer.beginObject()
      writer.member("state", phase.rawValue)
      writer.member("started", started)
      writer.member("ended", ended)
      writer.member("by", by)
      writer.key("result")
      if let result { writer.raw(result.span.bytes) } else { writer.null() }
      writer.endObject()
    }
  }

  private struct Inside: Sendable {
    var state = State()
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var next = 0
  }

  let name: String
  private let inside = Locked(Inside())

  init(_ name: String) { self.name = name }

  var state: State { inside.withLock { $0.state } }

  /// Begins the work unless it runs already; false if it does. `work` blocks, and `aside` runs it on another thread.
  func begin(
    by actor: String, aside: (String, @escaping @Sendable () -> Void) -> Void,
    _ work: @escaping @Sendable () throws -> [UInt8]
  ) -> Bool {
    let begins = inside.withLock { inside in
      guard inside.state.phase != .running else { return false }
      inside.state = State(phase: .running, started: Timestamp.now().text, by: actor)
      return true
    }
    guard begins else { return false }
    aside(name) { [self] in
      do {
        end(.done, try work())
      } catch {
        end(.failed, "\(error)".jsonBytes)
      }
    }
    return true
  }

  private func end(_ phase: Phase, _ result: [UInt8]) {
    let waiting = inside.withLock { inside in
      inside.state.phase = phase
      inside.state.ended = Timestamp.now().text
      inside.state.result = result
      defer { inside.waiting = [:] }
      return inside.waiting.values
    }
    for each in waiting { each.resume() }
  }

  /// The state once the work has ended, or as it is after `patience`.
  func state(within patience: Duration) async -> State {
    await withCheckedContinuation { continuation in
      // Either the end of the work or the alarm takes the continuation out, and resumes it.
      let number = inside.withLock { inside -> Int? in
        guard inside.state.phase == .running else { return nil }
        inside.next += 1
        inside.waiting[inside.next] = continuation
        return inside.next
      }
      guard let number else { return continuation.resume() }
      Task { [self] in
        try? await Task.sleep(for: patience)
        inside.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
      }
    }
    return state
  }
}
