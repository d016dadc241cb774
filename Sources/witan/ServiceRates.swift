// How often clients may ask, as settings: a quota for each role, one for those who are not let in, and one for all together.
import API
import Config
import Locking
import Net
import Resilience

/// `none`, or so many requests in so long, as `600/1m`.
struct RateQuota: SettingValue, Hashable {
  /// Nil for no limit.
  let rule: BucketRule?

  static let none = RateQuota(rule: nil)

  static var typeName: String { "none, or requests per time such as 600/1m" }
  /// Fields of answers tell windows in whole seconds.
  private static let window = 1...86_400
  private static let most = 1_000_000_000

  static func read(text: String) throws(SettingProblem) -> RateQuota {
    if text == "none" { return .none }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let count = Int(parts[0]), 1...most ~= count else { throw .notOne(text, of: Self.self) }
    let time = try Duration.read(text: String(parts[1]))
    guard time.components.attoseconds == 0, window ~= Int(time.components.seconds) else {
      throw SettingProblem("the time of \(quoted(text)) must be whole seconds, from 1s to 1d")
    }
    return RateQuota(rule: BucketRule(tokens: count, period: time.components.seconds * 1_000_000))
  }

  var written: String {
    guard let rule else { return "none" }
    return "\(rule.tokens)/\(Duration.microseconds(rule.period).written)"
  }
}

final class ServiceRates: Sendable {
  static let all = Setting<RateQuota>(
    "limits.all", default: .none, reloadable: true, "Requests of all clients together.")
  private static let roles = Role.allCases.map { role in
    (
      role,
      Setting<RateQuota>(
        "limits.\(role.rawValue)", default: .none, reloadable: true,
        "Requests of each client that acts as \(role.rawValue): so many at once, and so many in that time; beyond, 429."
      )
    )
  }
  static let strangers = Setting<RateQuota>(
    "limits.strangers", default: .none, reloadable: true,
    "Requests of each address whose credentials are missing or refused, and of those that need none.")
  static let clients = Setting<Int>(
    "limits.clients", default: 100_000, in: .range(2...10_000_000), unit: "clients",
    "Clients whose requests are counted at once; beyond, the quietest are forgotten.")

  static let section = SettingSection(
    "Limits", "How often clients may ask. A WebSocket message counts as a request, a batch as one.",
    [all] + roles.map(\.1) + [strangers, clients])

  private let rules: Locked<RateLimits.Rules>
  private let buckets: any TokenBuckets

  /// With `redis`, all instances draw from the same buckets.
  init(_ configuration: Configuration, sharing redis: ServiceRedis?) {
    rules = Locked(Self.rules(configuration))
    let own = MemoryBuckets(atMost: configuration[Self.clients]) { Int64(monotonicNanoseconds() / 1000) }
    buckets = redis?.buckets(own) ?? own
  }

  /// Puts what the configuration says now in force.
  func apply(_ configuration: Configuration) {
    let read = Self.rules(configuration)
    rules.withLock { $0 = read }
  }

  var limits: RateLimits {
    RateLimits(buckets) { [self] in rules.withLock { $0 } }
  }

  private static func rules(_ configuration: Configuration) -> RateLimits.Rules {
    var rules = RateLimits.Rules()
    rules.all = configuration[all].rule
    rules.strangers = configuration[strangers].rule
    for (role, setting) in roles { rules.roles[role] = configuration[setting].rule }
    return rules
  }
}
