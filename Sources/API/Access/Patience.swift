// How long others may be called for a request: Redis, outside critics, whoever has the keys. What has not answered by then is
// done without. A caller that waits for less says so, and what decides its case has no more; who is let in is no matter of the
// caller's patience, or limits and signatures could be hurried past.
import HTTP
import Resilience

struct Patience: Sendable {
  /// What the service has for any request.
  let most: Duration
  /// What letting it in has taken.
  private var used = Duration.zero

  init(most: Duration) { self.most = most }

  /// What is left once a request is let in that has until then.
  func left(until deadline: Deadline) -> Patience {
    var patience = self
    patience.used = most - deadline.remaining()
    return patience
  }

  var left: Duration { max(.zero, most - used) }

  static let field = "Request-Timeout"
  static let parameter = Parameter.field(
    field, .text(TextRule(length: 0...Int.max)), example: "2.5",
    "The seconds that the caller waits, such as 0.25. Critics that are asked outside and have not answered by then abstain. "
      + "What is no such number is passed over.")

  /// What is left for deciding what a request brings.
  func time(for request: Request) -> Duration {
    guard let text = request.header(Self.field), let asked = Self.seconds(text) else { return left }
    return max(.zero, min(asked, most) - used)
  }

  /// Digits, perhaps with a point and more digits.
  static func seconds(_ text: String) -> Duration? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard text.utf8.count <= 32, let whole = parts.first, !whole.isEmpty,
      parts.allSatisfy({ $0.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } }),
      parts.count == 1 || !parts[1].isEmpty, let seconds = Double(text)
    else { return nil }
    return .seconds(min(seconds, 86_400))
  }
}
