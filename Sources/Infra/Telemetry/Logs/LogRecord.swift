// One thing that happened: its level, the event's stable name, a sentence, and fields. Names of events and fields are
// literals of the program, so no data can pass as a name; everything else is redacted when the line is written.
import Config
import TraceContext

package enum LogLevel: String, CaseIterable, SettingChoice, Comparable {
  case debug, info, warning, error

  package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

  var rank: UInt8 {
    switch self {
    case .debug: 0
    case .info: 1
    case .warning: 2
    case .error: 3
    }
  }

  /// The priority of syslog (RFC 5424 section 6.2.1), which journald reads from the line's beginning.
  var priority: Int {
    switch self {
    case .debug: 7
    case .info: 6
    case .warning: 4
    case .error: 3
    }
  }
}

package enum LogValue: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  case string(String)
  case integer(Int)
  case number(Double)
  case boolean(Bool)

  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
}

package typealias LogFields = KeyValuePairs<StaticString, LogValue>

package struct LogRecord: Sendable {
  package let time: WallTime
  package let level: LogLevel
  /// The part of the program that speaks: "ledger".
  package let component: StaticString
  /// The event's name in the operations manual: "ledger.group.committed".
  package let event: StaticString
  package let message: String
  package let trace: TraceID
  package let span: SpanID?
  package let fields: LogFields
}

/// Time by the calendar, in nanoseconds since 1970.
package struct WallTime: Hashable, Sendable, Comparable {
  package let nanoseconds: UInt64

  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  package static func < (left: WallTime, right: WallTime) -> Bool { left.nanoseconds < right.nanoseconds }

  package static func - (left: WallTime, right: WallTime) -> Duration {
    .nanoseconds(Int64(bitPattern: left.nanoseconds &- right.nanoseconds))
  }

  package static func + (left: WallTime, right: Duration) -> WallTime {
    let (seconds, attoseconds) = right.components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    return WallTime(nanoseconds: left.nanoseconds &+ UInt64(bitPattern: nanoseconds))
  }

  /// RFC 3339 in UTC with microseconds: `2026-11-20T04:15:00.123456Z`.
  package var text: String {
    let seconds = nanoseconds / 1_000_000_000
    let (year, month, day) = Self.civil(days: Int(seconds / 86_400))
    let rest = Int(seconds % 86_400)
    let micros = Int(nanoseconds % 1_000_000_000 / 1000)
    return String(unsafeUninitializedCapacity: 27) { buffer in
      func put(_ number: Int, _ place: Int, _ digits: Int) {
        var number = number
        for offset in (0..<digits).reversed() {
          buffer[place + offset] = UInt8(0x30 + number % 10)
          number /= 10
        }
      }
      let separators: [(Int, UInt8)] = [
        (4, 0x2D), (7, 0x2D), (10, 0x54), (13, 0x3A), (16, 0x3A), (19, 0x2E), (26, 0x5A),
      ]
      for (place, byte) in separators { buffer[place] = byte }
      put(year, 0, 4)
      put(month, 5, 2)
      put(day, 8, 2)
      put(rest / 3600, 11, 2)
      put(rest / 60 % 60, 14, 2)
      put(rest % 60, 17, 2)
      put(micros, 20, 6)
      return 27
    }
  }

  /// The proleptic Gregorian date of a day counted from 1970-01-01, by eras of 400 years beginning in March.
  private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let isNextYear = month >= 10
    return (yearOfEra + era * 400 + (isNextYear ? 1 : 0), isNextYear ? month - 9 : month + 3, day)
  }
}
