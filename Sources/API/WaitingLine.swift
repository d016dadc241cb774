// Work that is done on all cores and handed out in the order in which it was asked for. Whoever asks for more than there is
// room for waits; so does whoever takes, until the first in line is done.
import Locking

/// One task joins, one task takes.
final class WaitingLine<Result: Sendable>: Sendable {
  private struct State {
    var tasks: ArraySlice<Task<Result, Never>> = []
    var hasEnded = false
    var isAbandoned = false
    /// Whoever waits for room, and whoever waits for work to take.
    var joining: Handover<Void>?
    var taking: Handover<Void>?
  }

  private let state = Locked(State())
  private let room: Int

  init(room: Int) { self.room = room }

  /// Begins the work, as soon as there is room for it. Where nobody will take it, it is not begun.
  func join(_ work: @escaping @Sendable () async -> Result) async throws(CancellationError) {
    while try isFull() {
      await Handover<Void>.wait { handover in
        let isFree = state.withLock { state in
          if state.tasks.count < room || state.isAbandoned { return true }
          state.joining = handover
          return false
        }
        if isFree { handover.give(()) }
      }
    }
    let task = Task.detached(executorPreference: globalConcurrentExecutor, operation: work)
    let taking = state.withLock { state in
      state.tasks.append(task)
      return state.taking.take()
    }
    taking?.give(())
  }

  /// Nobody will take any more. What was begun is finished all the same.
  func abandon() {
    let joining = state.withLock { state in
      state.isAbandoned = true
      return state.joining.take()
    }
    joining?.give(())
  }

  /// No more will join.
  func end() {
    let taking = state.withLock { state in
      state.hasEnded = true
      return state.taking.take()
    }
    taking?.give(())
  }

  /// What the first in line has made; nil once the line has ended and is empty. Its place is free when it is taken.
  func next() async -> Result? {
    while true {
      let (first, hasEnded) = state.withLock { ($0.tasks.first, $0.hasEnded) }
      if let first {
        let result = await first.value
        let joining = state.withLock { state in
          state.tasks.removeFirst()
          return state.joining.take()
        }
        joining?.give(())
        return result
      }
      if hasEnded { return nil }
      await Handover<Void>.wait { handover in
        let isReady = state.withLock { state in
          if !state.tasks.isEmpty || state.hasEnded { return true }
          state.taking = handover
          return false
        }
        if isReady { handover.give(()) }
      }
    }
  }

  private func isFull() throws(CancellationError) -> Bool {
    let (isAbandoned, count) = state.withLock { ($0.isAbandoned, $0.tasks.count) }
    if isAbandoned { throw CancellationError() }
    return count >= room
  }
}
