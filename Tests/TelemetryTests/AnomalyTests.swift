// The detector of unusual rates: what it finds, what it leaves alone, and that it remembers.
import JSON
import TestSupport
import Testing

@testable import Telemetry

@Suite struct Anomalies {
  private static func hour(_ number: Int) -> WallTime { WallTime(nanoseconds: UInt64(number) * 3_600_000_000_000) }

  private static func window(
    _ share: Double, of scope: AnomalyScope = .all, cases: Int = 1000, severities: [Int] = []
  ) -> AnomalyWindow {
    var window = AnomalyWindow()
    window.rates = [.init(.deny, scope, hits: Int((share * Double(cases)).rounded()), cases: cases)]
    if !severities.isEmpty { window.severities["risk"] = severities }
    return window
  }

  /// Weeks of a rate of 2 % by day and 10 % by night, give or take.
  private func seasoned(_ weeks: Int = 6, _ scope: AnomalyScope = .all) -> (AnomalyDetector, next: Int) {
    var detector = AnomalyDetector()
    var generator = SeededGenerator(seed: 7)
    for hour in 0..<(weeks * 168) {
      let usual = hour % 24 < 8 ? 0.1 : 0.02
      let window = Self.window(usual + Double.random(in: -0.004...0.004, using: &generator), of: scope)
      let found = detector.assess(window, at: Self.hour(hour)).anomalies
      // Until an hour has a past of its own, nights are told by days.
      if hour >= 5 * 168 { #expect(found.isEmpty, "hour \(hour)") }
    }
    return (detector, weeks * 168)
  }

  @Test func `few cases that are spread like many have not drifted`() throws {
    #expect(RobustStatistics.stabilityIndex(expected: [5000, 0, 0, 0, 0, 0, 0], actual: [20, 0, 0, 0, 0, 0, 0]) == 0)
    #expect(try #require(RobustStatistics.stabilityIndex(expected: [900, 100, 0, 0], actual: [18, 2, 0, 0])) < 0.001)
    #expect(try #require(RobustStatistics.stabilityIndex(expected: [900, 100, 0, 0], actual: [2, 18, 0, 0])) > 1)
    #expect(try #require(RobustStatistics.stabilityIndex(expected: [900, 0, 0, 0], actual: [10, 0, 0, 10])) > 1)
  }

  @Test func `what is usual by night is unusual by day`() throws {
    let (detector, next) = seasoned()
    var (night, day) = (detector, detector)
    #expect(night.assess(Self.window(0.1), at: Self.hour(next + 3)).anomalies.isEmpty)
    let found = day.assess(Self.window(0.1), at: Self.hour(next + 12)).anomalies
    guard case .rate(.deny, .all, let share, let usual, let score, 1000)? = found.first else {
      Issue.record("\(found)")
      return
    }
    #expect(share == 0.1 && abs(usual - 0.02) < 0.004 && score > 5)
  }

  @Test func `fewer denials than usual are as unusual as more`() {
    var (detector, next) = seasoned()
    let found = detector.assess(Self.window(0), at: Self.hour(next + 3)).anomalies
    guard case .rate(.deny, .all, 0, _, let score, _)? = found.first else {
      Issue.record("\(found)")
      return
    }
    #expect(score < -5)
  }

  @Test func `few cases, and differences that chance explains, say nothing`() {
    let (detector, next) = seasoned()
    var (few, some) = (detector, detector)
    #expect(few.assess(Self.window(0.5, cases: 99), at: Self.hour(next + 12)).scores.isEmpty)
    // 7 of 100 where 2 are usual: within three standard errors and more than the floor.
    let found = some.assess(Self.window(0.06, cases: 100), at: Self.hour(next + 12))
    #expect(found.anomalies.isEmpty && found.scores.first?.score == 0)
  }

  @Test func `critics and clients have a past of their own`() {
    var (detector, next) = seasoned(6, .client("shop"))
    #expect(detector.assess(Self.window(0.5, of: .client("bank")), at: Self.hour(next + 12)).anomalies.isEmpty)
    #expect(detector.assess(Self.window(0.5, of: .critic("shop")), at: Self.hour(next + 12)).anomalies.isEmpty)
    #expect(detector.assess(Self.window(0.5, of: .client("shop")), at: Self.hour(next + 12)).anomalies.count == 1)
  }

  @Test func `severities that move are drift, and those that stay are not`() {
    var detector = AnomalyDetector()
    for hour in 0..<10 {
      let found = detector.assess(Self.window(0, severities: [700, 200, 80, 20]), at: Self.hour(hour))
      #expect(found.anomalies.isEmpty)
    }
    let same = detector.assess(Self.window(0, severities: [72, 19, 7, 2]), at: Self.hour(10))
    #expect(same.anomalies.isEmpty && (same.drifts["risk"] ?? 1) < 0.05)
    let moved = detector.assess(Self.window(0, severities: [200, 200, 400, 200]), at: Self.hour(11))
    #expect(moved.anomalies.contains { if case .drift("risk", let index, 1000) = $0 { index > 0.25 } else { false } })
  }

  @Test func `what is remembered is the same after a restart`() throws {
    var (detector, next) = seasoned(5)
    _ = detector.assess(Self.window(0.02, severities: [700, 200, 80, 20]), at: Self.hour(next))
    let memory = try JSONValue(parsing: detector.jsonBytes, limits: JSONLimits(maximumDepth: 8, maximumBytes: 1 << 24))
    var again = try #require(AnomalyDetector(memory, bounds: AnomalyBounds()))
    #expect(again.jsonBytes == detector.jsonBytes)
    for hour in (next + 1)..<(next + 100) {
      let window = Self.window(hour % 50 == 0 ? 0.4 : 0.02, severities: [700, 200, 80, 20])
      #expect(
        detector.assess(window, at: Self.hour(hour)).anomalies == again.assess(window, at: Self.hour(hour)).anomalies)
    }
    for bad in ["{}", #"{"version":1,"rates":{"deny/all/":{"168":[1]}},"severities":{}}"#, "[]"] {
      #expect(AnomalyDetector(try JSONValue(parsing: bad), bounds: AnomalyBounds()) == nil)
    }
  }

  @Test func `names beyond the bound are not remembered`() {
    var detector = AnomalyDetector()
    detector.bounds.names = 3
    for number in 0..<10 { _ = detector.assess(Self.window(0.1, of: .client("c\(number)")), at: Self.hour(0)) }
    #expect(detector.baselines.count == 3)
  }
}
