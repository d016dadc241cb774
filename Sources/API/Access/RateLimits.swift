// How often each client, and all of them together, may ask: a token bucket for each, told in the fields of
// draft-ietf-httpapi-ratelimit-headers-10 (RateLimit-Policy, RateLimit).
import HTTP
import JSON
import Net
import Resilience

package struct RateLimits: Sendable {
  package struct Rules: Sendable, Equatable {
    /// For all clients together.
    package var all: BucketRule?
    /// For each client in a role; a role that is not here has no limit.
    package var roles: [Role: BucketRule] = [:]
    /// For each address from which somebody asks who has no valid credentials.
    package var strangers: BucketRule?

    package init() {}

    var isEmpty: Bool { all == nil && roles.isEmpty && strangers == nil }
  }

  let buckets: any TokenBuckets
  let rules: @Sendable () -> Rules
  /// Hears of each refusal and of the policy behind it; it must not wait.
  package var refused: (@Sendable (_ policy: String) -> Void)?

  /// `rules`: those in force, which a reload may change.
  package init(_ buckets: any TokenBuckets, rules: @escaping @Sendable () -> Rules) {
    self.buckets = buckets
    self.rules = rules
  }

  /// The policy that a request falls under: a name for the client, and whose bucket it is.
  private struct Policy {
    let name: String
    let demand: BucketDemand
  }

  /// Lets a client act in one of `entitling` roles once more, or throws 429. What the answer has to say of it, if anything.
  func charge(
    _ principal: Principal, as access: Access, from request: Request
  ) async throws(Problem) -> RateLimitFields? {
    let rules = rules()
    if rules.isEmpty { return nil }
    return try await charge(Self.policy(of: principal, as: access, rules) ?? stranger(principal, request, rules), rules)
  }

  /// The same for somebody who has not said who it is, or not credibly.
  func charge(stranger request: Request) async throws(Problem) -> RateLimitFields? {
    let rules = rules()
    if rules.isEmpty { return nil }
    return try await charge(Self.policy(ofAddress: request, rules), rules)
  }

  /// The most generous of the rules for the roles that the client acts in; nil where one of them has no limit.
  private static func policy(of principal: Principal, as access: Access, _ rules: Rules) -> Policy? {
    var entitling = principal.roles
    if case .roles(let roles) = access, access.admits(principal) { entitling.formIntersection(roles) }
    var best: (role: Role, rule: BucketRule)?
    for role in Role.allCases where entitling.contains(role) {
      guard let rule = rules.roles[role] else { return nil }
      if let known = best, known.rule.rate >= rule.rate { continue }
      best = (role, rule)
    }
    return best.map {
      Policy(name: $0.role.rawValue, demand: BucketDemand("\($0.role.rawValue)/\(principal.subject)", $0.rule))
    }
  }

  /// A client without any known role has no more than a stranger.
  private func stranger(_ principal: Principal, _ request: Request, _ rules: Rules) -> Policy? {
    principal.roles.isEmpty ? Self.policy(ofAddress: request, rules) : nil
  }

  private static func policy(ofAddress request: Request, _ rules: Rules) -> Policy? {
    rules.strangers.map { Policy(name: "stranger", demand: BucketDemand("stranger/\(network(of: request))", $0)) }
  }

  /// An IPv4 address, or the /64 that a holder of an IPv6 address can choose from.
  private static func network(of request: Request) -> String {
    guard let peer = request.peer else { return "none" }
    return peer.isVersionFour ? peer.hostText : "\(peer.high)/64"
  }

  private func charge(_ own: Policy?, _ rules: Rules) async throws(Problem) -> RateLimitFields? {
    var policies = own.map { [$0] } ?? []
    if let all = rules.all { policies.append(Policy(name: "all", demand: BucketDemand("all", all))) }
    if policies.isEmpty { return nil }
    let outcome = await buckets.take(policies.map(\.demand))
    let told = outcome.refusing ?? 0
    let standing = outcome.standings[told]
    let fields = RateLimitFields(
      policy: policies.map { policy in
        "\"\(policy.name)\";q=\(policy.demand.rule.tokens);w=\(seconds(policy.demand.rule.period))"
      }.joined(separator: ", "),
      limit: "\"\(policies[told].name)\";r=\(standing.remaining);"
        + "t=\(seconds(outcome.isAdmitted ? standing.untilFull : standing.untilNext))",
      degradation: outcome.degradation)
    guard !outcome.isAdmitted else { return fields }
    refused?(policies[told].name)
    let rule = policies[told].demand.rule
    let whose = policies[told].name == "all" ? "all clients together have" : "this client has"
    var problem = Problem(
      .tooManyRequests,
      detail: "\(whose) used up \(rule.tokens) requests in \(seconds(rule.period)) s; ask again in "
        + "\(max(1, seconds(standing.untilNext))) s",
      headers: ["Retry-After": "\(max(1, seconds(standing.untilNext)))"])
    fields.add(to: &problem.headers)
    throw problem
  }

  private func seconds(_ microseconds: Int64) -> Int64 { (microseconds + 999_999) / 1_000_000 }
}

/// What an answer says of the limits.
struct RateLimitFields: Sendable {
  let policy: String
  let limit: String
  /// What keeping the limits had to do without.
  let degradation: Degradation?

  func add(to headers: inout ResponseHeaders) {
    headers.add("RateLimit-Policy", policy)
    headers.add("RateLimit", limit)
    degradation?.add(to: &headers)
  }
}

extension BucketRule {
  /// Tokens in a microsecond.
  fileprivate var rate: Double { Double(tokens) / Double(period) }
}
