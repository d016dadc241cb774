// The system's clocks, for the edges of the program; everything inside takes the time as an argument.
import Glibc

package enum SystemClock {
  /// The time by the calendar; it can step.
  package static func wall() -> WallTime { WallTime(nanoseconds: read(CLOCK_REALTIME)) }

  /// Nanoseconds since some moment; it never steps back.
  package static func monotonic() -> UInt64 { read(CLOCK_MONOTONIC) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var now = timespec()
    clock_gettime(clock, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }
}
