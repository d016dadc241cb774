// What a rationale quotes of a case is told without the secrets and identifiers that the detectors saw there.
import Engine

enum Redaction {
  /// What stands in their place.
  static let mark = "[redacted]"

  /// Fainter signs are no identifiers.
  private static let faintest = 0.45
  /// Shorter ones give nothing away, and occur in other words.
  private static let least = 4
  /// So much of one that was cut off still counts as it.
  private static let leastBeginning = 6
  /// Only facts are quoted.
  private static let facts = "/context"

  /// The text without what was recognised as secret or as an identifier among the facts of the case.
  static func redacted(_ rationale: String, _ input: RuleInput) -> String {
    var secrets: [[UInt8]] = []
    for detector in ["secrets", "privacy_identifiers"] {
      for sign in input.examination.evidence.signals(of: detector)
      where sign.strength >= faintest && sign.field.hasPrefix(facts) {
        if let secret = found(sign, input.matter.texts) { secrets.append(secret) }
      }
    }
    if secrets.isEmpty { return rationale }
    var bytes = Array(rationale.utf8)
    for secret in secrets.sorted(by: { $0.count > $1.count }) { remove(secret, from: &bytes) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func found(_ sign: Signal, _ texts: [TextField]) -> [UInt8]? {
    guard let text = texts.first(where: { $0.pointer == sign.field })?.text.utf8,
      sign.end - sign.start >= least, sign.end <= text.count
    else { return nil }
    // More is never quoted in one piece.
    return Array(text.dropFirst(sign.start).prefix(min(sign.end - sign.start, Rationale.quoted * 4)))
  }

  private static func remove(_ secret: [UInt8], from bytes: inout [UInt8]) {
    let ellipsis = Array("…".utf8)
    var place = 0
    while place + leastBeginning <= bytes.count || place + secret.count <= bytes.count {
      let same = zip(bytes[place...], secret).prefix { $0 == $1 }.count
      // A quotation that is too long ends in an ellipsis, which may stand within a secret.
      let isCutOff = same >= leastBeginning && bytes[(place + same)...].starts(with: ellipsis)
      if same == secret.count || isCutOff {
        bytes.replaceSubrange(place..<place + same, with: mark.utf8)
        place += mark.utf8.count
      } else {
        place += 1
      }
    }
  }
}
