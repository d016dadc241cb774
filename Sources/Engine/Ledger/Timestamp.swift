// Instants in microseconds since 1970, written as RFC 3339 in UTC with exactly six decimals, so that texts sort as times do
// and all have one length.
import Glibc

package struct Timestamp: Hashable, Comparable, Sendable {
  package static let textLength = 27

  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  /// `2026-11-20T04:00:00.000000Z`
  package var text: String { String(decoding: utf8, as: UTF8.self) }

  package var utf8: [UInt8] {
    let seconds = microseconds.flooredDivision(by: 1_000_000)
    let days = seconds.flooredDivision(by: 86_400)
    let (year, month, day) = Timestamp.civil(days: days)
    let ofDay = seconds - days * 86_400
    var text: [UInt8] = []
    text.reserveCapacity(Timestamp.textLength)
    func digits(_ value: Int64, _ count: Int) {
      var divisor: Int64 = 1
      for _ in 1..<count { divisor *= 10 }
      while divisor > 0 {
        text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
        divisor /= 10
      }
    }
    digits(year, 4)
    text.append(UInt8(ascii: "-"))
    digits(month, 2)
    text.append(UInt8(ascii: "-"))
    digits(day, 2)
    text.append(UInt8(ascii: "T"))
    digits(ofDay / 3600, 2)
    text.append(UInt8(ascii: ":"))
    digits(ofDay / 60 % 60, 2)
    text.append(UInt8(ascii: ":"))
    digits(ofDay % 60, 2)
    text.append(UInt8(ascii: "."))
    digits(microseconds - seconds * 1_000_000, 6)
    text.append(UInt8(ascii: "Z"))
    return text
  }

  /// Reads RFC 3339 with up to six decimals, in UTC (`Z`) or with an offset. Nil for anything else.
  package init?(text: String) {
    let bytes = Array(text.utf8)
    func number(_ start: Int, _ count: Int) -> Int64? {
      guard start + count <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[start..<start + count] {
        guard 48...57 ~= byte else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      return value
    }
    guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == 0x74 || bytes[10] == 0x20,
      bytes[13] == 0x3A, bytes[16] == 0x3A, let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
      let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2), 1...12 ~= month,
      1...31 ~= day, hour < 24, minute < 60, second < 60
    else { return nil }
    let days = Timestamp.days(year: year, month: month, day: day)
    guard Timestamp.civil(days: days) == (year, month, day) else { return nil }
    var at = 19
    var fraction: Int64 = 0
    if bytes[at] == 0x2E {
      var scale: Int64 = 100_000
      at += 1
      let start = at
      while at < bytes.count, 48...57 ~= bytes[at] {
        fraction += Int64(bytes[at] - 48) * scale
        scale /= 10
        at += 1
      }
      guard at > start else { return nil }
    }
    guard at < bytes.count else { return nil }
    var offset: Int64 = 0
    if bytes[at] | 0x20 == 0x7A {
      guard at + 1 == bytes.count else { return nil }
    } else {
      guard bytes[at] == 0x2B || bytes[at] == 0x2D, at + 6 == bytes.count, bytes[at + 3] == 0x3A,
        let hours = number(at + 1, 2), let minutes = number(at + 4, 2), hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 3600 + minutes * 60) * (bytes[at] == 0x2B ? 1 : -1)
    }
    microseconds = (days * 86_400 + hour * 3600 + minute * 60 + second - offset) * 1_000_000 + fraction
  }

  /// Reads exactly the form that `utf8` writes.
  init?(utf8 bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Timestamp.textLength, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54, bytes[13] == 0x3A,
      bytes[16] == 0x3A, bytes[19] == 0x2E, bytes[26] == 0x5A
    else { return nil }
    var isValid = true
    func number(_ range: Range<Int>) -> Int64 {
      var value: Int64 = 0
      for place in range {
        let digit = Int64(bytes[place]) - 48
        if !(0...9 ~= digit) { isValid = false }
        value = value * 10 + digit
      }
      return value
    }
    let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
    let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
    let fraction = number(20..<26)
    guard isValid, 1...12 ~= month, 1...31 ~= day, hour < 24, minute < 60, second < 60 else { return nil }
    let days = Timestamp.days(year: year, month: month, day: day)
    guard Timestamp.civil(days: days) == (year, month, day) else { return nil }
    microseconds = (days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000 + fraction
  }

  /// Days since 1970 to the proleptic Gregorian calendar, by eras of 400 years that begin in March.
  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let ofEra = shifted - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * ofYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear.flooredDivision(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
