// The log of a program: what is logged at which level, and the loggers that its parts use.
//
//     let log = try Log.open(.standardError, format: .json)
//     let logger = log.logger("ledger")
//     logger.info("ledger.opened", "The ledger is open.", ["size": .integer(size)])
//     logger.with(trace: context).warning("ledger.slow", "A group took long.", ["milliseconds": .number(12.5)])
//     log.level = .debug
import JSON
import Locking
import Synchronization
import TraceContext

package final class Log: Sendable {
  package let output: LogOutput
  package let format: LogFormat
  /// The trace of what belongs to no request: the process's own, so that every line has one.
  package let processTrace: TraceID
  private let line: LogLine
  private let now: @Sendable () -> WallTime
  private let levels: Locked<Levels>
  /// The lowest level that any component logs at, so that a line nobody wants costs one load.
  private let lowest: Atomic<UInt8>

  private struct Levels {
    var general: LogLevel
    var byComponent: [String: LogLevel] = [:]

    var lowest: UInt8 { byComponent.values.reduce(general.rank) { min($0, $1.rank) } }
  }

  package init(
    output: LogOutput, format: LogFormat = .json, level: LogLevel = .info, redactor: Redactor = Redactor(),
    processTrace: TraceID = .random(), now: @escaping @Sendable () -> WallTime = SystemClock.wall
  ) {
    self.output = output
    self.format = format
    self.processTrace = processTrace
    self.now = now
    line = LogLine(redactor: redactor)
    levels = Locked(Levels(general: level))
    lowest = Atomic(level.rank)
  }

  /// A log that writes to `destination`, and says in its own form when lines were lost.
  package static func open(
    _ destination: LogDestination, format: LogFormat, level: LogLevel = .info, redactor: Redactor = Redactor(),
    now: @escaping @Sendable () -> WallTime = SystemClock.wall
  ) throws(LogOutputError) -> Log {
    let trace = TraceID.random()
    let output = try LogOutput(destination) { count in
      var writer = JSONWriter(capacity: 512)
      let record = LogRecord(
        time: now(), level: .warning, component: "log", event: "log.dropped",
        message: "Lines were lost: they came faster than they could be written, or could not be written at all.",
        trace: trace, span: nil,
        fields: ["lines": .integer(count)])
      LogLine(redactor: redactor).append(record, as: format, to: &writer)
      return writer.array
    }
    return Log(output: output, format: format, level: level, redactor: redactor, processTrace: trace, now: now)
  }

  package func logger(_ component: StaticString) -> Logger { Logger(log: self, component: component) }

  /// What is logged of components that have no level of their own.
  package var level: LogLevel {
    get { levels.withLock { $0.general } }
    set { change { $0.general = newValue } }
  }

  /// A level for one component; nil makes it follow the general one again.
  package func setLevel(_ level: LogLevel?, for component: String) { change { $0.byComponent[component] = level } }

  /// Levels for these components and no others.
  package func setLevels(_ levels: [String: LogLevel]) { change { $0.byComponent = levels } }

  private func change(_ body: (inout Levels) -> Void) {
    levels.withLock { levels in
      body(&levels)
      lowest.store(levels.lowest, ordering: .relaxed)
    }
  }

  func isWanted(_ level: LogLevel, of component: StaticString) -> Bool {
    guard level.rank >= lowest.load(ordering: .relaxed) else { return false }
    return levels.withLock { levels in
      let own = levels.byComponent.isEmpty ? nil : levels.byComponent[component.description]
      return level >= own ?? levels.general
    }
  }

  func write(
    _ level: LogLevel, _ component: StaticString, _ event: StaticString, _ message: String, trace: TraceID?,
    span: SpanID?, _ fields: LogFields
  ) {
    var writer = JSONWriter(capacity: 512)
    let record = LogRecord(
      time: now(), level: level, component: component, event: event, message: message, trace: trace ?? processTrace,
      span: span, fields: fields)
    line.append(record, as: format, to: &writer)
    output.append(writer.bytes)
  }
}

/// What a part of the program logs with.
package struct Logger: Sendable {
  package let log: Log
  package let component: StaticString
  package var trace: TraceID?
  package var span: SpanID?

  init(log: Log, component: StaticString) {
    self.log = log
    self.component = component
  }

  /// A logger whose lines carry a request's trace.
  package func with(trace: TraceID, span: SpanID? = nil) -> Logger {
    var copy = self
    copy.trace = trace
    copy.span = span
    return copy
  }

  /// Whether a line of this level would be written: for those whose making costs something before it is asked for.
  package func isWanted(_ level: LogLevel) -> Bool { log.isWanted(level, of: component) }

  package func debug(
    _ event: StaticString, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) { write(.debug, event, message, fields) }

  package func info(
    _ event: StaticString, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) { write(.info, event, message, fields) }

  package func warning(
    _ event: StaticString, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) { write(.warning, event, message, fields) }

  package func error(
    _ event: StaticString, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) { write(.error, event, message, fields) }

  private func write(_ level: LogLevel, _ event: StaticString, _ message: () -> String, _ fields: () -> LogFields) {
    guard log.isWanted(level, of: component) else { return }
    log.write(level, component, event, message(), trace: trace, span: span, fields())
  }
}
