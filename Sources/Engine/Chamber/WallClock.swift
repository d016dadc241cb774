// What time it is, read at the edge and passed inwards as a number.
import Glibc

package enum WallClock {
  /// Milliseconds since 1970.
  package static func milliseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(max(0, time.tv_sec)) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }

  /// Seconds since 1970.
  package static func seconds() -> Double { Double(milliseconds()) / 1000 }
}
