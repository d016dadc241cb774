// Who is told of what happens, and how patiently.
import Config
import Resilience

/// What an endpoint is told in, for how long, and how often.
struct WebhookPatience: Sendable, Hashable {
  var attempts: Int
  /// How long it waits between two attempts.
  var backoff: Backoff
  /// For one attempt.
  var deadline: Duration
  /// Announcements on their way to one endpoint at once.
  var pending: Int
  /// Calls to one endpoint at once, at most.
  var calls: Int
}

enum WebhookSettings {
  static let urls = Setting<[ServiceURL]>(
    "webhooks.urls", default: [],
    "Addresses that are told of reviews opened and closed, alerts, and changed weights: https, or http where outgoing calls may go to this machine or a private network."
  )
  static let secret = Setting<FilePath?>(
    "webhooks.secret", default: nil,
    "The file with the secret that signs what is sent (whsec_…, as in Standard Webhooks); by default `keys/webhook.key` in the data folder, made on first use."
  )
  static let attempts = Setting<Int>(
    "webhooks.attempts", default: 12, in: .range(1...100), unit: "attempts",
    "How often one announcement is tried before it is put on record as a dead letter. While the breaker of its address is open it is not tried."
  )
  static let first = Setting<Duration>(
    "webhooks.first_delay", default: .seconds(1), in: .range(.milliseconds(1) ... .seconds(3600)),
    "The longest wait before the second attempt; it doubles with each.")
  static let longest = Setting<Duration>(
    "webhooks.longest_delay", default: .seconds(600), in: .range(.milliseconds(1) ... .seconds(86_400)),
    "The longest wait between two attempts.")
  static let deadline = Setting<Duration>(
    "webhooks.timeout", default: .seconds(10), in: .range(.milliseconds(10) ... .seconds(300)),
    "How long an attempt may take.")
  static let pending = Setting<Int>(
    "webhooks.pending", default: 64, in: .range(1...10_000), unit: "announcements",
    "Announcements on their way to one address at once; the others wait in the log.")

  static let calls = Setting<Int>(
    "webhooks.calls", default: 8, in: .range(1...1000), unit: "calls",
    "Calls to one address at once, at most; fewer while its answers take longer than usual.")

  static let section = SettingSection(
    "Webhooks", "Others who are told of what happens here.",
    [urls, secret, attempts, first, longest, deadline, pending, calls])

  static func patience(_ configuration: Configuration) -> WebhookPatience {
    WebhookPatience(
      attempts: configuration[attempts],
      backoff: Backoff(first: configuration[first], longest: configuration[longest]),
      deadline: configuration[deadline], pending: configuration[pending], calls: configuration[calls])
  }

  /// The addresses, each checked.
  static func endpoints(_ configuration: Configuration) throws -> [String] {
    let named = configuration[urls]
    for url in named {
      guard url.scheme == "https" || url.scheme == "http", url.user == nil else {
        throw UsageError("webhooks.urls: \(url.written) must be an https or http URL without a user")
      }
      let isGuarded = configuration[Settings.outgoingLoopback] || configuration[Settings.outgoingPrivate]
      guard url.scheme == "https" || isGuarded else {
        throw UsageError(
          "webhooks.urls: \(url.written) is not https; http is for this machine and private networks, when "
            + "outgoing.allow_loopback or outgoing.allow_private is true")
      }
    }
    let texts = named.map(\.text)
    guard Set(texts).count == texts.count else { throw UsageError("webhooks.urls names an address twice") }
    return texts
  }
}
