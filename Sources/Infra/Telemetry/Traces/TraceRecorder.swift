// What one request did, span by span, in bounded memory. Spans and attributes beyond the bounds are counted, not kept.
// Child tasks of a request may record at the same time, so a lock guards it; it belongs to one request, and is hardly
// ever contended.
import Locking
import TraceContext

package enum SpanKind: UInt8, Sendable {
  case `internal` = 1
  case server = 2
  case client = 3
}

package enum SpanStatus: UInt8, Sendable {
  case unset = 0
  case ok = 1
  case error = 2
}

/// Names a span within its trace. The empty one stands for a span that was not recorded; using it does nothing.
package struct SpanHandle: Hashable, Sendable {
  let index: Int32

  package static let root = SpanHandle(index: 0)
  package static let none = SpanHandle(index: -1)
}

struct SpanRecord: Sendable {
  let id: SpanID
  let parent: SpanID?
  let name: StaticString
  let kind: SpanKind
  let start: WallTime
  var end: WallTime?
  var status = SpanStatus.unset
  var droppedAttributes: UInt32 = 0
}

struct SpanAttribute: Sendable {
  let span: Int32
  let key: StaticString
  let value: LogValue
}

package final class TraceRecorder: Sendable {
  package static let spanLimit = 64
  package static let attributeLimit = 256

  struct State: Sendable {
    var context: SpanContext
    /// The root's name, which may hold a route.
    var name: String
    var spans: [SpanRecord] = []
    var attributes: [SpanAttribute] = []
    var droppedSpans: UInt32 = 0
    var isKept: Bool
    var isFinished = false
  }

  private let state: Locked<State>

  init(name: String, kind: SpanKind, context: SpanContext, parent: SpanID?, at time: WallTime) {
    var state = State(context: context, name: name, isKept: context.isSampled)
    state.spans.reserveCapacity(24)
    state.attributes.reserveCapacity(32)
    state.spans.append(SpanRecord(id: context.span, parent: parent, name: "", kind: kind, start: time))
    self.state = Locked(state)
  }

  var context: SpanContext { state.withLock { $0.context } }

  /// Begins anew in the same memory. The caller knows that nobody else holds this recorder.
  func restart(name: String, kind: SpanKind, context: SpanContext, parent: SpanID?, at time: WallTime) {
    state.withLock { state in
      state.context = context
      state.name = name
      state.spans.removeAll(keepingCapacity: true)
      state.attributes.removeAll(keepingCapacity: true)
      state.droppedSpans = 0
      state.isKept = context.isSampled
      state.isFinished = false
      state.spans.append(SpanRecord(id: context.span, parent: parent, name: "", kind: kind, start: time))
    }
  }

  /// A span that is over.
  func add(
    _ name: StaticString, _ kind: SpanKind, _ status: SpanStatus, from start: WallTime, to end: WallTime
  ) -> SpanHandle {
    state.withLock { state in
      guard !state.isFinished, state.spans.count < Self.spanLimit else {
        state.droppedSpans += 1
        return .none
      }
      var span = SpanRecord(id: .random(), parent: state.spans[0].id, name: name, kind: kind, start: start)
      span.end = end
      span.status = status
      state.spans.append(span)
      if status == .error { state.isKept = true }
      return SpanHandle(index: Int32(state.spans.count - 1))
    }
  }

  func start(_ name: StaticString, _ kind: SpanKind, under parent: SpanHandle, at time: WallTime) -> SpanHandle {
    state.withLock { state in
      guard !state.isFinished, state.spans.count < Self.spanLimit else {
        state.droppedSpans += 1
        return .none
      }
      let above = state.spans.indices.contains(Int(parent.index)) ? Int(parent.index) : 0
      state.spans.append(
        SpanRecord(id: .random(), parent: state.spans[above].id, name: name, kind: kind, start: time))
      return SpanHandle(index: Int32(state.spans.count - 1))
    }
  }

  func end(_ span: SpanHandle, _ status: SpanStatus, at time: WallTime) {
    state.withLock { state in
      guard !state.isFinished, state.spans.indices.contains(Int(span.index)) else { return }
      state.spans[Int(span.index)].end = time
      state.spans[Int(span.index)].status = status
      if status == .error { state.isKept = true }
    }
  }

  func set(_ key: StaticString, _ value: LogValue, on span: SpanHandle) {
    state.withLock { state in
      guard !state.isFinished, state.spans.indices.contains(Int(span.index)) else { return }
      guard state.attributes.count < Self.attributeLimit else {
        state.spans[Int(span.index)].droppedAttributes += 1
        return
      }
      state.attributes.append(SpanAttribute(span: span.index, key: key, value: value))
    }
  }

  func rename(_ name: String) { state.withLock { $0.name = name } }

  func keep() { state.withLock { $0.isKept = true } }

  /// Ends the root, and every span that nobody ended, at `time`. True the first time, when the trace is to be sent; only
  /// then its name and last attributes are made.
  func finish(
    _ status: SpanStatus, at time: WallTime, name: () -> String?, attributes: () -> LogFields
  ) -> Bool {
    state.withLock { state in
      guard !state.isFinished else { return false }
      state.isFinished = true
      state.spans[0].status = status
      if status == .error { state.isKept = true }
      guard state.isKept else { return false }
      if let name = name() { state.name = name }
      for (key, value) in attributes() where state.attributes.count < Self.attributeLimit {
        state.attributes.append(SpanAttribute(span: 0, key: key, value: value))
      }
      for index in state.spans.indices where state.spans[index].end == nil { state.spans[index].end = time }
      return true
    }
  }

  var spanCount: Int { state.withLock { $0.spans.count } }

  func read<Result>(_ body: (State) -> Result) -> Result { state.withLock { body($0) } }
}
