// How the service calls others: key sets at URLs and whatever else the configuration names. One client for all, so that
// the rules about addresses, proxies and trust are in one place.
import Config
import HTTPClient
import Net
import Resilience
import Tokens

/// `none`, `environment`, or the URL of a proxy.
enum ProxyPlace: SettingValue {
  case none
  case environment
  case url(ServiceURL, text: String)

  static var typeName: String { "none, environment, or a URL such as http://proxy:3128" }

  static func read(text: String) throws(SettingProblem) -> ProxyPlace {
    switch text {
    case "none": return .none
    case "environment": return .environment
    default:
      let url = try ServiceURL.read(text: text)
      guard ["http", "https"].contains(url.scheme) else { throw SettingProblem("not \(typeName)") }
      return .url(url, text: text)
    }
  }

  var written: String {
    switch self {
    case .none: "none"
    case .environment: "environment"
    case .url(let url, _): url.written
    }
  }
}

/// Where a key set is: a file, or a URL that is fetched again and again.
enum KeySetPlace: SettingValue {
  case file(FilePath)
  case url(ServiceURL, text: String)

  static var typeName: String { "a path, or a URL such as https://id.example/keys" }

  static func read(text: String) throws(SettingProblem) -> KeySetPlace {
    guard text.contains("://") else { return .file(try FilePath.read(text: text)) }
    let url = try ServiceURL.read(text: text)
    guard ["http", "https"].contains(url.scheme), url.user == nil else {
      throw SettingProblem("a key set is fetched from an https URL without a user")
    }
    return .url(url, text: text)
  }

  var written: String {
    switch self {
    case .file(let path): path.written
    case .url(let url, _): url.written
    }
  }
}

enum ServiceCalls {
  /// The client that the configuration describes.
  static func client(_ configuration: Configuration, on loops: [EventLoop]) throws(OutgoingError) -> HTTPClient {
    var settings = OutgoingSettings()
    settings.addresses = AddressPolicy(
      allowsLoopback: configuration[Settings.outgoingLoopback], allowsPrivate: configuration[Settings.outgoingPrivate])
    settings.extraAuthorities = configuration[Settings.outgoingAuthorities]?.text
    settings.userAgent = "witan/\(release)"
    switch configuration[Settings.outgoingProxy] {
    case .none: settings.proxy = .none
    case .environment: settings.proxy = .environment
    case .url(_, let text): settings.proxy = .explicit(text)
    }
    return try HTTPClient(on: loops, settings: settings)
  }
}

/// Why a key set did not come.
struct KeySetRefused: Error, CustomStringConvertible {
  let status: Int
  var description: String { "the address of the key set answered with status \(status)" }

  /// Asking has no effect, so it is done again where that may help.
  static func repetition(of error: any Error) -> Repetition {
    switch error {
    case let refused as KeySetRefused: refused.status >= 500 || refused.status == 429 ? .safe : .unsafe
    case let failed as OutgoingError: failed.isPassing ? .safe : .unsafe
    default: .unsafe
    }
  }
}

extension KeyRing {
  /// Keys from an address. Over plain HTTP anybody on the way could put in a key, so that is for this machine alone.
  static func fetched(
    from url: ServiceURL, text: String, with client: HTTPClient, behind breaker: Breaker, board: DegradationBoard,
    allowsLoopback: Bool, mayBeWeak: Bool, limits: Limits
  ) throws(UsageError) -> KeyRing {
    let isNear = url.host == "localhost" || SocketAddress("[\(url.host)]:80")?.isLoopback ?? false
    guard url.scheme == "https" || isNear && allowsLoopback else {
      throw UsageError(
        "tokens.jwks needs an https URL; http is for addresses of this machine, when outgoing.allow_loopback is true")
    }
    let request = OutgoingRequest(.get, text, fields: [.init("Accept", "application/jwk-set+json, application/json")])
    let deadline = Duration.seconds(limits.fetchTimeout * 0.9)
    let retry = Retry(tries: 2, backoff: Backoff(first: .milliseconds(200)), budget: RetryBudget())
    let fetch: @Sendable () async throws -> JWKSet = {
      let body = try await Deadline.within(deadline) {
        try await retry.run(judge: KeySetRefused.repetition) { _ in
          try await breaker.run {
            let answer = try await client.send(request, deadline: deadline)
            guard answer.status == 200 else { throw KeySetRefused(status: answer.status) }
            return answer.body
          }
        }
      }
      // Strangers can read what lies at an address, so it must hold no secrets.
      let set = try JWKSet(parsing: body, secrets: .refused)
      if !mayBeWeak { try StartChecks.judge(set, from: text) }
      return set
    }
    return KeyRing(
      sets: {
        do {
          let set = try await fetch()
          board.recovered(breaker.name)
          return set
        } catch {
          // Where the request's time was over, that says nothing of the address.
          if Deadline.current?.isOver() != true {
            board.fell(
              Degradation(part: breaker.name, level: .reduced, reason: "the keys stay as they were: \(error)"))
          }
          throw error
        }
      }, limits: limits)
  }
}
